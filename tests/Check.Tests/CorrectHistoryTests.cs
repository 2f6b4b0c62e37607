using Orleans.Chat.Check.Promises;
using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.Check.Tests;

public sealed class CorrectHistoryTests
{
    public static TheoryData<int> Blocks => [.. Enumerable.Range(0, 8)];

    [Theory, MemberData(nameof(Blocks))]
    public void No_correct_history_is_called_wrong(int block)
    {
        for (var seed = block * 20; seed < (block + 1) * 20; seed++)
            MadeHistory.Of(seed).Violations(StateFaults.PresenceBound).ShouldBeEmpty($"seed {seed}");
    }

    [Fact]
    public void A_history_that_ends_anywhere_is_not_wrong_for_that()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var lines = MadeHistory.Of(seed).Lines.OrderBy(l => l.T).ToArray();
            new MadeHistory(lines[..(lines.Length * (seed + 1) / 40)]).Violations().ShouldBeEmpty($"seed {seed}");
        }
    }

    [Fact]
    public void What_one_client_wrote_may_be_missing_but_for_its_sends()
    {
        for (var seed = 0; seed < 30; seed++)
        {
            var history = MadeHistory.Of(seed);
            history.RemoveAll(l => l.Client == "user-1-a" && l.Type is "event" or "resume" or "cursor" or "presence" or "at_end");
            history.Violations().ShouldBeEmpty($"seed {seed}");
        }
    }

    [Fact]
    public void Every_promise_is_put_to_the_test()
    {
        using var files = new HistoryFiles();
        var verdict = Verdict.Of([files.Write("all", MadeHistory.Of(4).Lines)], StateFaults.PresenceBound);
        verdict.Held.ShouldBeTrue();
        verdict.Promises.Where(p => p.Standing != Standing.Held).ShouldBeEmpty();
        verdict.Promises.Count.ShouldBe(Enum.GetValues<Promise>().Length);
    }
}
