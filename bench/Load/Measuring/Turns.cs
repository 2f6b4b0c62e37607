namespace Orleans.Chat.Load.Measuring;

/* What a machine does in one minute it does not in the next: its disk and its cores are others' too. So some of what is told against each other is run by
 * turns, and told as one. */
internal static class Turns
{
    /// <summary>Runs of one label and side become one: each figure is the median of theirs, what went wrong is the sum.</summary>
    public static RunResult[] Merge(IEnumerable<RunResult> runs) =>
        [.. runs.GroupBy(r => (r.Label, r.Bare)).Select(g => g.ToArray()).Select(g => g.Length == 1 ? g[0] : Merge(g))];

    private static RunResult Merge(RunResult[] runs) =>
        runs[0] with
        {
            Seconds = Median(runs, r => r.Seconds),
            SentPerSecond = Median(runs, r => r.SentPerSecond),
            AcknowledgedPerSecond = Median(runs, r => r.AcknowledgedPerSecond),
            DeliveredPerSecond = Median(runs, r => r.DeliveredPerSecond),
            DeliveredPerPush = Median(runs, r => r.DeliveredPerPush),
            Delivery = Merge([.. runs.Select(r => r.Delivery).OfType<Latency>()]),
            Acknowledgement = Merge([.. runs.Select(r => r.Acknowledgement).OfType<Latency>()]),
            Problems = runs.SelectMany(r => r.Problems)
                .GroupBy(p => p.Key, StringComparer.Ordinal)
                .ToDictionary(g => g.Key, g => g.Sum(p => p.Value)),
            Missing = runs.Sum(r => r.Missing),
            CpuSeconds = ByRole(runs, r => r.CpuSeconds),
            Memory = ByRole(runs, r => r.Memory),
            Figures = ByRole(runs, r => r.Figures),
            Timeline = [],
        };

    private static Latency? Merge(Latency[] of) =>
        of.Length == 0
            ? null
            : new Latency(
                of.Sum(l => l.Count),
                Median(of, l => l.P50),
                Median(of, l => l.P90),
                Median(of, l => l.P99),
                Median(of, l => l.P999),
                Median(of, l => l.Max)
            );

    private static SortedDictionary<string, T> ByRole<T>(RunResult[] runs, Func<RunResult, SortedDictionary<string, T>> of)
        where T : IComparable<T>
    {
        var middle = runs.SelectMany(of)
            .GroupBy(v => v.Key, StringComparer.Ordinal)
            .ToDictionary(g => g.Key, g => Median([.. g], v => v.Value));
        return new SortedDictionary<string, T>(middle, StringComparer.Ordinal);
    }

    /// <summary>The lower of the two in the middle where their number is even.</summary>
    private static TValue Median<T, TValue>(T[] of, Func<T, TValue> value)
        where TValue : IComparable<TValue> => of.Select(value).Order().ElementAt((of.Length - 1) / 2);
}
