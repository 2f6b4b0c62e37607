using System.Text;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.Check.Tests;

public sealed class UnreadableHistoryTests
{
    private const string Good = """{"t":1,"type":"connect","client":"a","user_id":"u"}""";

    public static TheoryData<string> BadLines =>
        [
            "nonsense",
            "null",
            "[]",
            "{",
            "{}",
            """{"t":2}""",
            """{"t":2,"type":"connect","client":"a","user_id":"u"} {}""",
            """{"t":2,"type":"connect","client":"a","user_id":"u""",
            """{"t":"2","type":"connect","client":"a","user_id":"u"}""",
            """{"t":-2,"type":"connect","client":"a","user_id":"u"}""",
            """{"t":2.5,"type":"connect","client":"a","user_id":"u"}""",
            """{"t":1e400,"type":"connect","client":"a","user_id":"u"}""",
            """{"t":99999999999999999999999999,"type":"connect","client":"a","user_id":"u"}""",
            """{"t":2,"t":2,"type":"connect","client":"a","user_id":"u"}""",
            """{"t":2,"type":"conect","client":"a","user_id":"u"}""",
            """{"t":2,"type":7,"client":"a","user_id":"u"}""",
            """{"t":2,"type":"connect","client":"a"}""",
            """{"t":2,"type":"connect","client":"a","user_id":null}""",
            """{"t":2,"type":"connect","client":"a","user_id":{}}""",
            """{"t":2,"type":"connect","client":"a","user_id":"\ud800"}""",
            """{"t":2,"type":"connect","client":"a","user_id":"u","other":"\udc00 alone"}""",
            """{"t":2,"type":"connect","client":"a","user_id":"\u12"}""",
            """{"t":2,"type":"ack","client":"a","chat_id":"c","message_id":"m","seq":0,"revision":1}""",
            """{"t":2,"type":"ack","client":"a","chat_id":"c","message_id":"m","seq":1,"revision":9223372036854775808}""",
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"message","via":"push","applied":true}""",
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"other","via":"push"}""",
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"other","via":"pull","applied":true}""",
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"noise","via":"push","applied":true}""",
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"other","via":"push","applied":1}""",
            """{"t":2,"type":"cursor","client":"a","chat_id":"c","user_id":"u","which":"seen","seq":1}""",
            """{"t":2,"type":"member","client":"a","chat_id":"c","user_id":"u","change":"fled","revision":1,"seq":1}""",
            """{"t":2,"type":"fault","client":"a","name":"kill","state":"maybe"}""",
            """{"t":2,"type":"final","client":"a","chat_id":"c","message_id":"m","seq":1,"revision":1}""",
        ];

    [Theory, MemberData(nameof(BadLines))]
    public void A_bad_line_is_told_with_its_place(string line) =>
        Refusal($"{Good}\n{line}\n{Good}\n".Utf8()).ShouldContain("bad.jsonl:2: ");

    [Fact]
    public void Bytes_that_are_no_text_are_told_with_their_place()
    {
        foreach (byte[] bytes in new byte[][] { [0xff], [0xc3, 0x28], [0xed, 0xa0, 0x80], [0xf4, 0x90, 0x80, 0x80], [0x00], [0x1b] })
            Refusal([.. $"{Good}\n{{\"t\":2,\"type\":\"connect\",\"client\":\"".Utf8(), .. bytes, .. "\",\"user_id\":\"u\"}\n"u8])
                .ShouldContain("bad.jsonl:2: ");
    }

    [Fact]
    public void Noise_is_never_a_crash()
    {
        var random = new Random(5);
        var good =
            """{"t":2,"type":"event","client":"a","chat_id":"c","revision":1,"kind":"other","via":"push","applied":true,"x":[1,{"y":"\u00e9"}]}""".Utf8();
        for (var i = 0; i < 2_000; i++)
        {
            var bytes = good.ToArray();
            for (var flips = 0; flips <= i % 3; flips++)
                bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
            using var files = new HistoryFiles();
            var path = files.Write("noise", [.. Good.Utf8(), (byte)'\n', .. bytes, (byte)'\n']);
            try
            {
                Verdict.Of([path], TimeSpan.FromSeconds(1));
            }
            catch (UnreadableException)
            {
                // That is an answer.
            }
        }
    }

    [Fact]
    public void A_line_without_end_is_told() => Refusal([.. Good.Utf8(), (byte)'\n', .. new byte[3 << 20]]).ShouldContain("bad.jsonl:2: ");

    [Fact]
    public void What_is_deep_is_told() => Refusal($"{Good}\n{{\"x\":{new string('[', 5_000)}\n".Utf8()).ShouldContain("bad.jsonl:2: ");

    [Fact]
    public void Nothing_and_no_file_are_told()
    {
        Refusal([]).ShouldContain("no event");
        Should
            .Throw<UnreadableException>(() => Verdict.Of(["/nowhere/at.jsonl"], TimeSpan.FromSeconds(1)))
            .Message.ShouldContain("/nowhere/at.jsonl");
    }

    [Fact]
    public void A_clock_that_goes_back_is_told()
    {
        var lines = Enumerable.Range(0, 3_000).Select(i => Good.Replace("1", $"{(i == 2_900 ? 5 : 1_000 + i)}", StringComparison.Ordinal));
        Refusal(string.Join('\n', lines).Utf8()).ShouldContain("bad.jsonl:2901: ");
    }

    [Fact]
    public void The_last_line_of_a_killed_writer_may_be_cut_anywhere()
    {
        var cut =
            """{"t":2,"type":"event","client":"é","chat_id":"c","revision":1,"kind":"other","via":"push","applied":true,"x":{"y":-1.5}}""".Utf8();
        for (var length = 1; length <= cut.Length; length++)
        {
            using var files = new HistoryFiles();
            var verdict = Verdict.Of([files.Write("cut", [.. Good.Utf8(), (byte)'\n', .. cut[..length]])], TimeSpan.FromSeconds(1));
            verdict.Held.ShouldBeTrue();
            verdict.CutLines.ShouldBe(length == cut.Length ? 0 : 1, $"at {length}");
            verdict.Events.ShouldBe(length == cut.Length ? 2 : 1);
        }
    }

    private static string Refusal(byte[] bytes)
    {
        using var files = new HistoryFiles();
        var path = files.Write("bad", bytes);
        return Should.Throw<UnreadableException>(() => Verdict.Of([path], TimeSpan.FromSeconds(1))).Message;
    }
}

internal static class Utf8Text
{
    public static byte[] Utf8(this string text) => Encoding.UTF8.GetBytes(text);
}
