using System.Globalization;
using CsCheck;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Model;

/// <summary>
/// One thing that is done to a chat, as words: <c>send mia m3 a &gt;m1</c>. It names users and messages and not places in a list, so it says the same
/// whatever was left out before it. <c>m0</c> to <c>m9</c> are ids that a sender may choose, <c>s7</c> is the seventh message.
/// </summary>
internal sealed record Step(params string[] Words)
{
    public string Verb => Words[0];

    public string User => Words[1];

    public override string ToString() => string.Join(' ', Words);
}

/// <summary>A kind of chat and what is done to it; its text can be read, and read back.</summary>
internal sealed record Life(string Type, Step[] Steps)
{
    /// <summary>In every life; the first makes the chat with those of the next four that its kind takes, the last stands outside.</summary>
    public static readonly string[] Users = ["olga", "adam", "mia", "gus", "eve", "sam"];

    public static Life Parse(string text)
    {
        var parts = text.Split(';', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
        return new Life(parts[0], [.. parts[1..].Select(p => new Step(p.Split(' ', StringSplitOptions.RemoveEmptyEntries)))]);
    }

    public string[] Members => Type == ChatTypes.Direct ? Users[..2] : Users[..5];

    public override string ToString() => string.Join("; ", [Type, .. Steps.Select(s => s.ToString())]);
}

/// <summary>Random lives: ten ids for all messages, so that many are used twice, and six users of whom each may do less than the one before.</summary>
internal static class Lives
{
    private static readonly Gen<string> User = Pick(("olga", 4), ("adam", 4), ("mia", 3), ("gus", 2), ("eve", 2), ("sam", 1));

    // Half of them the same three, or what is done to a message would seldom meet what was done to it before.
    private static readonly Gen<string> Id = Gen.Frequency((1, Numbered("m", 9)), (1, Numbered("m", 2)));
    private static readonly Gen<string> Target = Gen.Frequency((3, Id), (1, Numbered("s", 9)));
    private static readonly Gen<string> Text = Gen.Frequency(
        (8, Pick(("a", 5), ("b", 2), ("c", 1), ("empty", 1))),
        (2, User.Select(u => "@" + u))
    );
    private static readonly Gen<string> Number = Gen.Int[-1, 16].Select(n => n.ToString(CultureInfo.InvariantCulture));
    private static readonly Gen<string> Limit = Gen.Int[1, 6].Select(n => n.ToString(CultureInfo.InvariantCulture));
    private static readonly Gen<string> Emoji = Pick(("+1", 3), ("heart", 1));

    // Who takes back what it did, and moves its cursors twice.
    private static readonly Gen<string> Few = Gen.Frequency((2, Pick(("olga", 2), ("mia", 1))), (1, User));
    private static readonly Gen<string> Role = Pick((Roles.Owner, 1), (Roles.Admin, 2), (Roles.Member, 2), (Roles.Guest, 1));

    // In one batch: what each of several sends, in this order, and what is edited meanwhile.
    private static readonly Gen<string> Part = Gen.Frequency(
        (4, Gen.Select(User, Id.Array[1, 3], (u, ids) => $"{u}:{string.Join(',', ids)}")),
        (1, Gen.Select(User, Id, (u, id) => $"{u}={id}"))
    );

    private static readonly Gen<Step> One = Gen.Frequency(
        (100, Words("send", User, Id, Text)),
        (15, Words("send", User, Id, Text, Id.Select(id => ">" + id))),
        (20, Part.Array[2, 4].Select(parts => new Step(["batch", .. parts]))),
        (60, Words("edit", User, Target, Text)),
        (30, Words("delete", User, Target)),
        (20, Words("hide", User, Target)),
        (35, Words("react", Few, Target, Emoji)),
        (35, Words("unreact", Few, Target, Emoji)),
        (30, Words("add", User, User)),
        (8, Words("add", User, User, Role)),
        (25, Words("role", User, User, Role)),
        (20, Words("remove", User, User)),
        (15, User.Select(u => new Step("remove", u, u))),
        // Those who lead, or there is seldom somebody to inherit.
        (10, Pick(("olga", 1), ("adam", 1)).Select(u => new Step("remove", u, u))),
        (20, Words("join", User)),
        (10, Words("name", User, Pick(("red", 1), ("green", 1)))),
        (10, Words("set", User, Pick(("post=everyone", 1), ("post=members", 1), ("post=admins", 1)))),
        (12, Words("set", User, Pick(("history=joined", 1), ("history=all", 1), ("visibility=public", 1), ("visibility=private", 1)))),
        (12, Words("block", User, User)),
        (8, Words("unblock", User, User)),
        (50, Words("ack", Few, Number, Number)),
        (15, Words("page", User, Pick(("before", 1), ("after", 1), ("around", 1)), Target, Limit, Pick(("all", 3), ("text", 1)))),
        (10, Words("page", User, Gen.Const("newest"), Target, Limit, Pick(("all", 3), ("system", 1)))),
        (10, Words("message", User, Target)),
        (10, Words("changes", User, Number, Limit)),
        (25, Words("follow", User, Limit)),
        (20, Gen.Const(new Step("rest"))),
        (10, Gen.Const(new Step("wait"))),
        (1, Words("drop", User))
    );

    public static readonly Gen<Life> Random = Gen.Select(
        Pick((ChatTypes.Group, 5), (ChatTypes.Channel, 3), (ChatTypes.Broadcast, 2), (ChatTypes.Direct, 2)),
        One.Array[10, 60],
        (type, steps) => new Life(type, [new Step("role", "olga", "adam", "admin"), new Step("role", "olga", "gus", "guest"), .. steps])
    );

    private static Gen<Step> Words(string verb, params Gen<string>[] words) =>
        words.Aggregate(
            Gen.Const(new Step(verb)),
            (step, word) => Gen.Select(step, word, (s, w) => w.Length == 0 ? s : new Step([.. s.Words, w]))
        );

    private static Gen<string> Numbered(string letter, int last) => Gen.Int[letter == "s" ? 1 : 0, last].Select(n => $"{letter}{n}");

    private static Gen<string> Pick(params (string Word, int Weight)[] words) => Gen.Frequency([.. words.Select(w => (w.Weight, w.Word))]);
}
