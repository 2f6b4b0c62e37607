using System.Text.Json;
using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Verdicts;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Check.Tests;

public sealed class VerdictTests
{
    private static readonly TimeSpan Bound = TimeSpan.FromSeconds(35);

    [Fact]
    public void A_violation_is_shown_with_its_lines_and_what_was_around_them()
    {
        using var files = new HistoryFiles();
        var history = MadeHistory.Of(2);
        var ack = Fault.All.Single(f => f.Name == "an acknowledged message is lost").Plant(history, new Random(1))!;
        var path = files.Write("all", history.Lines.OrderBy(l => l.T));
        var verdict = Verdict.Of([path], Bound);
        verdict.Held.ShouldBeFalse();
        var violation = verdict.Violations.ShouldHaveSingleItem();
        violation.PromiseId.ShouldBe("acknowledged-lost");
        violation.ChatId.ShouldBe(ack.ChatId);
        violation.Lines[^1].Text.ShouldBe(File.ReadLines(path).ElementAt(history.Lines.OrderBy(l => l.T).ToList().IndexOf(ack)));
        violation.Around.Count.ShouldBe(20);
        violation.Around.ShouldContain(violation.Lines[^1]);
        violation.Around.ShouldAllBe(l => l.Text.Contains($"\"chat_id\":\"{ack.ChatId}\"", StringComparison.Ordinal));

        using var written = new StringWriter();
        VerdictTable.Write(verdict, AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(written) }));
        written.ToString().ShouldContain(violation.Lines[^1].Text);
        written.ToString().ShouldContain("BROKEN");
        using var json = JsonDocument.Parse(VerdictJson.Write(verdict));
        json.RootElement.GetProperty("held").GetBoolean().ShouldBeFalse();
        json.RootElement.GetProperty("promises")[0].GetProperty("standing").GetString().ShouldBe("broken");
    }

    [Fact]
    public void What_the_history_does_not_put_to_the_test_is_not_held()
    {
        using var files = new HistoryFiles();
        var path = files.Write("little", [new GeneratedLine(1, "connect", "a") { UserId = "u" }]);
        Verdict.Of([path], Bound).Promises.ShouldAllBe(p => p.Standing == Standing.NotExercised);
    }

    [Fact]
    public void Many_sends_of_unknown_outcome_make_it_weak()
    {
        using var files = new HistoryFiles();
        GeneratedLine Send(string type, int i) =>
            new((i * 10) + type.Length, type, "a")
            {
                ChatId = "c",
                MessageId = $"m{i}",
                UserId = "u",
                Hash = "h",
                Code = "timeout",
                Seq = i,
                Revision = i,
            };
        var sends = Enumerable
            .Range(1, 20)
            .SelectMany(i => new[] { Send("invoke", i), Send(i > 2 ? "ack" : "unknown", i) })
            .OrderBy(l => l.T);
        var verdict = Verdict.Of([files.Write("weak", sends)], Bound);
        verdict.Sends.ShouldBe(new Sends(18, 0, 2));
        verdict.Weak.ShouldBeTrue();
        new Sends(95, 0, 5).IsWeak.ShouldBeFalse();
    }

    [Fact]
    public void Waiting_counts_from_the_first_attempt_without_the_time_in_which_nobody_tried()
    {
        using var files = new HistoryFiles();
        GeneratedLine Line(long ms, string type, string id) =>
            new(ms * 1_000_000, type, "a")
            {
                ChatId = "c",
                MessageId = id,
                UserId = "u",
                Hash = "h",
                Code = "unavailable",
                Seq = 1,
                Revision = 1,
            };
        var path = files.Write(
            "wait",
            [Line(1, "invoke", "m"), Line(101, "unknown", "m"), Line(5_000, "invoke", "m"), Line(5_050, "ack", "m")]
        );
        var verdict = Verdict.Of([path], Bound);
        verdict.LongestWithoutService.ShouldHaveSingleItem().Milliseconds.ShouldBe(150);
        verdict.WorstSendMilliseconds.ShouldBe(5_049);
    }

    [Fact]
    public void Sends_that_began_while_a_fault_lasted_are_told_apart()
    {
        using var files = new HistoryFiles();
        GeneratedLine Line(long ms, string type, int number) =>
            new(ms * 1_000_000, type, "a")
            {
                ChatId = "c",
                MessageId = $"m{number}",
                UserId = "u",
                Hash = "h",
                Seq = number,
                Revision = number,
            };
        GeneratedLine Fault(long ms, string state) => new(ms * 1_000_000, "fault", "f") { Name = "kill", State = state };
        // A hundred while it lasts, of 1 to 100 ms, and slower ones before and after.
        var during = Enumerable.Range(2, 100).SelectMany(i => new[] { Line(10_000, "invoke", i), Line(10_000 + i - 1, "ack", i) });
        GeneratedLine[] around =
        [
            Line(1, "invoke", 1),
            Line(9_001, "ack", 1),
            Fault(9_500, "begin"),
            Fault(10_050, "end"),
            Line(11_000, "invoke", 102),
            Line(19_000, "ack", 102),
        ];
        var verdict = Verdict.Of([files.Write("fault", during.Concat(around).OrderBy(l => l.T))], Bound);
        verdict.DuringFaults.ShouldBe(new FaultSends(100, 50, 99));
        verdict.WorstSendMilliseconds.ShouldBe(9_000);
        Verdict.Of([files.Write("none", [Line(1, "invoke", 1), Line(2, "ack", 1)])], Bound).DuringFaults.ShouldBeNull();
    }

    [Fact]
    public void The_result_tells_held_broken_and_unreadable()
    {
        using var files = new HistoryFiles();
        var app = new CommandApp<CheckCommand>();
        app.Configure(c => c.SetExceptionHandler((e, _) => throw e));
        var history = MadeHistory.Of(2);
        Run(files.Write("held", history.Lines.OrderBy(l => l.T))).ShouldBe(0);
        Fault.All[0].Plant(history, new Random(1));
        Run(files.Write("broken", history.Lines.OrderBy(l => l.T))).ShouldBe(1);
        Run(files.Write("unreadable", "x\n"u8)).ShouldBe(2);

        int Run(string path) => app.Run([path, "--json"], TestContext.Current.CancellationToken);
    }
}
