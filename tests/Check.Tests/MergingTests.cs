using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.Check.Tests;

public sealed class MergingTests
{
    [Fact]
    public void Several_files_are_one_history_by_time()
    {
        var lines = MadeHistory.Of(3).Lines;
        using var files = new HistoryFiles();
        var paths = Enumerable.Range(0, 7).Select(f => files.Write($"part-{f}", lines.Where((_, i) => i * 31 % 7 == f))).ToArray();
        using var history = new MergedHistory(paths, new EventParser());
        history.Events().Select(e => e.T).ShouldBe(lines.Select(l => l.T).Order());
        Verdict.Of(paths, TimeSpan.FromSeconds(35)).Held.ShouldBeTrue();
    }

    [Fact]
    public void Threads_that_write_one_file_may_pass_each_other()
    {
        var lines = MadeHistory.Of(5).Lines.OrderBy(l => l.T).ToArray();
        for (var i = 0; i + 300 < lines.Length; i += 300)
            new Random(i).Shuffle(lines.AsSpan(i, 300));
        using var files = new HistoryFiles();
        var path = files.Write("shuffled", lines);
        using var history = new MergedHistory([path], new EventParser());
        history.Events().Select(e => e.T).ShouldBe(lines.Select(l => l.T).Order());
    }

    [Fact]
    public void Fields_come_in_any_order_and_unknown_ones_are_ignored()
    {
        using var files = new HistoryFiles();
        var path = files.Write(
            "any",
            """
            {"later":{"t":[1]},"client":"a","user_id":"u","type":"connect","t":3,"chat_id":null}
            {"\u0074":9,"hash":"h","user_id":"u","message_id":"\u006d","chat_id":"c","client":"a","type":"invoke","t":4}

            """.Utf8()
        );
        var parser = new EventParser();
        using var history = new MergedHistory([path], parser);
        var events = history.Events().ToArray();
        events.Select(e => (e.T, e.Type)).ShouldBe([(3, LineType.Connect), (4, LineType.Invoke)]);
        parser
            .Parse("""{"t":5,"type":"delete","client":"a","chat_id":"c","message_id":"m"}"""u8, default)
            .Message.ShouldBe(events[1].Message);
        parser
            .Parse("""{"t":5,"type":"delete","client":"a","chat_id":"d","message_id":"m"}"""u8, default)
            .Message.ShouldNotBe(events[1].Message);
    }

    [Fact]
    public void A_generated_line_says_what_it_was_made_of()
    {
        using var files = new HistoryFiles();
        var path = files.Write(
            "one",
            [
                new GeneratedLine(7, "cursor", "a")
                {
                    ChatId = "c",
                    UserId = "u",
                    Which = "read",
                    Seq = 2,
                },
            ]
        );
        using var history = new MergedHistory([path], new EventParser());
        var read = history.Events().ToArray().ShouldHaveSingleItem();
        (read.T, read.Type, read.Word, read.Seq).ShouldBe((7, LineType.Cursor, Word.Read, 2));
    }
}
