using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/* Text is kept exactly as it was sent, whatever it would mean to a database, a shell, a template, a log or a renderer; and what two texts look like
 * says nothing about whether they are the same. What cannot be kept at all is refused: BadValues has that. */
public sealed class OddTextTests(StandalonePlace place)
{
    private static readonly Dictionary<string, string> Odd = new(StringComparer.Ordinal)
    {
        ["SQL"] = "'; DROP TABLE messages; -- \" \\ ` $1 @p0 :name ? %s {0} $$x$$ E'\\'' /* */",
        ["LIKE"] = "%_[a-z]*\\%",
        ["JSON"] = "\"},{\"type\":\"system\",\"$type\":\"x\",\"__proto__\":{}}\\u0000\\ud800",
        ["markup"] = "<script>alert(1)</script><img src=x onerror=alert(1)>]]>&lt;&#0;",
        ["templates"] = "${jndi:ldap://localhost/a} {{7*7}} #{7*7} %0a %00 ..\\..\\../../etc/passwd",
        ["lines"] = "one\r\n{\"level\":\"fatal\"}\nfail: two\u2028three\u2029four\u0085five\vsix\fseven",
        ["controls"] = "\u0001\u0007\b\t\u001b[31mred\u001b[0m\u007f\u009b",
        ["bidi"] = "\u202eevil\u202c \u2066left\u2069 \u200frtl\u200e שלום \u061c",
        ["zero width"] = "a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg\u034fh",
        ["composed"] = "é",
        ["decomposed"] = "e\u0301",
        ["compatibility"] = "ﬁ ① Ａ \u212b \u017f İ ı ß",
        ["families"] = "👨‍👩‍👧‍👦 🏳️‍🌈 👍🏽 \U0010FFFF \uFFFE\uFFFF \uE000",
        ["marks"] = "Z" + string.Concat(Enumerable.Repeat("\u0300\u0489\u0336", 60)),
        ["blanks"] = "  a \u00a0\u3000\u2003 ",
    };

    public static TheoryData<string> Names => [.. Odd.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task A_content_comes_back_as_it_was_sent(string name)
    {
        var text = Odd[name];
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        var metadata = new Dictionary<string, object>(StringComparer.Ordinal) { [text] = new[] { text }, ["signature"] = text };
        var rest = (await Place.SendAsync(alice, chat, text, metadata: metadata)).GetProperty("message_id").GetString()!;
        var body = new
        {
            chat_id = chat,
            content = text,
            type = "text",
            metadata,
        };
        var hub = (await hers.InvokeAsync("SendMessage", body)).GetProperty("message_id").GetString()!;
        (await alice.PatchAsync($"chats/{chat}/messages/{rest}", new { content = text + text })).Status.ShouldBe(200);

        (await Place.ContentsAsync(bob, chat)).ShouldBe([text + text, text]);
        (await bob.GetAsync($"chats/{chat}/messages/{rest}/edits"))
            .Body.GetProperty("edits")[0]
            .GetProperty("content")
            .GetString()
            .ShouldBe(text);
        var pushed = await his.Events.WaitForAsync(e => IsOf(e, "message.created", hub));
        foreach (var message in new[] { (await bob.GetAsync($"chats/{chat}/messages/{hub}")).Body, pushed.GetProperty("message") })
        {
            message.GetProperty("content").GetString().ShouldBe(text);
            message.GetProperty("metadata").GetProperty("signature").GetString().ShouldBe(text);
            message.GetProperty("metadata").GetProperty(text)[0].GetString().ShouldBe(text);
        }
    }

    [Theory, MemberData(nameof(Names))]
    public async Task A_name_a_draft_and_a_reaction_come_back_as_they_were_sent(string name)
    {
        var text = Odd[name];
        await using var alice = await place.NewUserAsync("alice");
        var chat = await Place.NewGroupAsync(alice);
        var message = (await Place.SendAsync(alice, chat, "x")).GetProperty("message_id").GetString()!;
        (await alice.PatchAsync("users/me", new { display_name = text, status_text = text })).Status.ShouldBe(200);
        (await alice.PatchAsync($"chats/{chat}", new { name = text })).Status.ShouldBe(200);
        (await alice.PutAsync($"chats/{chat}/preferences", new { draft = text })).Status.ShouldBe(200);
        var emoji = text.Length <= 32 ? text : text[..(char.IsHighSurrogate(text[31]) ? 31 : 32)];
        await using var hub = await alice.ConnectAsync();
        await hub.InvokeAsync(
            "React",
            new
            {
                chat_id = chat,
                message_id = message,
                emoji,
            }
        );

        var me = (await alice.GetAsync("users/me")).Body;
        (me.GetProperty("display_name").GetString(), me.GetProperty("status_text").GetString()).ShouldBe((text, text));
        var its = (await alice.GetAsync($"chats/{chat}")).Body;
        (its.GetProperty("name").GetString(), its.GetProperty("draft").GetString()).ShouldBe((text, text));
        var reactions = (await alice.GetAsync($"chats/{chat}/messages/{message}")).Body.GetProperty("reactions");
        reactions[0].GetProperty("emoji").GetString().ShouldBe(emoji);
        await hub.InvokeAsync(
            "React",
            new
            {
                chat_id = chat,
                message_id = message,
                emoji,
                removed = true,
            }
        );
        (await alice.GetAsync($"chats/{chat}/messages/{message}")).Body.GetProperty("reactions").GetArrayLength().ShouldBe(0);
    }

    [Fact]
    public async Task Reactions_that_look_alike_are_not_the_same()
    {
        await using var alice = await place.NewUserAsync("alice");
        var chat = await Place.NewGroupAsync(alice);
        var message = (await Place.SendAsync(alice, chat, "x")).GetProperty("message_id").GetString()!;
        await using var hub = await alice.ConnectAsync();
        foreach (var emoji in new[] { "é", "e\u0301", "e\u0301\u200b", "É" })
            await hub.InvokeAsync(
                "React",
                new
                {
                    chat_id = chat,
                    message_id = message,
                    emoji,
                }
            );
        (await alice.GetAsync($"chats/{chat}/messages/{message}")).Body.GetProperty("reactions").GetArrayLength().ShouldBe(4);
    }

    [Fact]
    public async Task Ids_are_compared_exactly_and_a_path_is_decoded_once()
    {
        var tail = Place.NewId()[20..];
        await using var lower = new RawClient(place.Here);
        await using var upper = new RawClient(place.Here);
        await lower.RegisterAsync("odd." + tail);
        await upper.RegisterAsync("ODD." + tail);
        (await upper.PutAsync($"users/me/blocks/odd.{tail}")).Status.ShouldBe(204);
        (await lower.GetAsync("users/me/blocks")).Body.GetProperty("user_ids").GetArrayLength().ShouldBe(0);
        foreach (
            var (path, status) in new[]
            {
                ($"users/%6Fdd.{tail}", 200),
                ($"users/Odd.{tail}", 404),
                ($"users/%256Fdd.{tail}", 404),
                ($"users/odd.{tail}%20", 404),
            }
        )
            (await lower.GetAsync(path)).Status.ShouldBe(status, path);

        var chat = "c" + tail;
        foreach (var id in new[] { chat, chat.ToUpperInvariant() })
            (await lower.PostAsync("chats", new { type = "group", chat_id = id })).Status.ShouldBe(201);
        (await lower.PostAsync("chats", new { type = "group", chat_id = chat })).Code.ShouldBe("conflict");
        await Place.SendAsync(lower, chat, "here");
        (await Place.ContentsAsync(lower, chat.ToUpperInvariant())).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("%25")]
    [InlineData("_")]
    [InlineData("%27%20OR%20%271%27=%271")]
    [InlineData("*")]
    [InlineData("%5C")]
    [InlineData("%22")]
    [InlineData("x%3A*")]
    [InlineData("!")]
    [InlineData("a%20%26%20b")]
    [InlineData("%F4%8F%BF%BF")]
    [InlineData("%E2%80%AE")]
    public async Task A_search_is_for_what_it_says_and_no_pattern(string query)
    {
        await using var alice = await place.NewUserAsync("alice");
        (await alice.PostAsync("chats", new { type = "channel", name = "Ordinary words" })).Status.ShouldBe(201);
        foreach (var (path, list) in new[] { ("users", "users"), ("channels", "chats") })
        {
            var found = await alice.GetAsync($"{path}?query={query}&limit=200");
            found.Status.ShouldBe(200, found.Body.ToString());
            found.Body.GetProperty(list).GetRawText().ShouldNotContain("Ordinary words");
            found.Body.GetProperty(list).GetRawText().ShouldNotContain(alice.UserId!);
        }
    }

    private static bool IsOf(JsonElement pushed, string type, string message) =>
        pushed.GetProperty("type").GetString() == type && pushed.GetProperty("message").GetProperty("message_id").GetString() == message;
}
