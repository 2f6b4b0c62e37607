using Orleans.Chat.Load.Measuring;

namespace Orleans.Chat.FaultTests;

/* bench/run.sh tells some figures of several runs as one. */
public sealed class TurnsTests
{
    [Fact]
    public void Runs_of_one_label_and_side_are_told_by_their_medians_and_all_that_went_wrong()
    {
        var merged = Turns.Merge([
            Run("one-to-one", bare: false, delivered: 100, p99: 30, cpu: 2, missing: 0),
            Run("one-to-one", bare: true, delivered: 900, p99: 3, cpu: 1, missing: 0),
            Run("one-to-one", bare: false, delivered: 300, p99: 700, cpu: 1, missing: 2),
            Run("one-to-one", bare: false, delivered: 200, p99: 20, cpu: 4, missing: 1),
        ]);

        merged.Length.ShouldBe(2);
        var ours = merged.Single(r => !r.Bare);
        ours.DeliveredPerSecond.ShouldBe(200);
        ours.Delivery!.P99.ShouldBe(30);
        ours.Delivery.Count.ShouldBe(30);
        ours.CpuSeconds["silo"].ShouldBe(2);
        ours.Missing.ShouldBe(3);
        ours.Problems["overloaded"].ShouldBe(3);
        ours.Acknowledgement.ShouldBeNull();
        merged.Single(r => r.Bare).DeliveredPerSecond.ShouldBe(900);
    }

    private static RunResult Run(string label, bool bare, double delivered, double p99, double cpu, long missing) =>
        new()
        {
            Label = label,
            Bare = bare,
            Protocol = "messagepack",
            Seconds = 5,
            DeliveredPerSecond = delivered,
            Delivery = new Latency(10, 1, 2, p99, p99, p99),
            Problems = missing == 0 ? [] : new() { ["overloaded"] = missing },
            CpuSeconds = new(StringComparer.Ordinal) { ["silo"] = cpu },
            Missing = missing,
        };
}
