using System.Globalization;
using Orleans.Chat.Load.Measuring;

namespace Orleans.Chat.Load.Reports;

/// <summary>One line of the table: what was asked for, what was found, and by how much.</summary>
/// <param name="Reached">What was found as a part of what was asked, where less is better the other way round: from 1 on it is met.</param>
internal sealed record Row(string What, string Target, string Found, bool? Met, double? Reached = null)
{
    public const string NotRun = "not run";

    public bool Ran => Found != NotRun;
}

/* The bar that is set, as ratios of one run: a machine that is twice as fast, or that others use too, changes both sides. */
internal sealed class Bar(IReadOnlyList<RunResult> results, double scale = 1)
{
    public IEnumerable<Row> Rows()
    {
        yield return Cpu("one-to-one, deliveries per CPU second of the servers", "one-to-one", 20);
        yield return Told(
            "one-to-one, of the bare hub with an empty grain behind it (no target: what the libraries leave)",
            Ours("one-to-one")?.DeliveredPerCpuSecond,
            Bare("empty-one-to-one")?.DeliveredPerCpuSecond
        );
        yield return Told(
            "one-to-one, of the bare hub with a grain behind it that numbers, commits and tells (no target: what a chat leaves that keeps its messages)",
            Ours("one-to-one")?.DeliveredPerCpuSecond,
            Bare("stored-one-to-one")?.DeliveredPerCpuSecond
        );
        yield return Told(
            "that hub with that grain, of the bare hub's (no target: how near ours could come)",
            Bare("stored-one-to-one")?.DeliveredPerCpuSecond,
            Bare("one-to-one")?.DeliveredPerCpuSecond
        );
        yield return Cpu("rooms of 50, the same", "rooms-50", 65);
        yield return Cpu("rooms of 200, the same", "rooms-200", 80);
        yield return Part(
            "most messages a second, one silo and one gateway, of PostgreSQL's rows a second",
            25,
            Ours("most-messages")?.AcknowledgedPerSecond,
            Figure("postgres", "rows_per_s")
        );
        yield return Latency("latency at 200 msg/s one-to-one", "latency-one-to-one");
        yield return Floor();
        yield return Latency("latency at 100 msg/s into 20 rooms of 50", "latency-rooms-50");
        yield return Part(
            "one hot chat, of the rate of many chats",
            50,
            Ours("hot-chat")?.AcknowledgedPerSecond,
            Ours("most-messages")?.AcknowledgedPerSecond
        );
        foreach (var row in Connections())
            yield return row;
        foreach (var row in Misbehaving())
            yield return row;
        yield return AtLeast("history, newest page of 50, pages/s", Figure("history-newest", "pages_per_s"), 1_500);
        yield return AtLeast("history, random older page of 50, pages/s", Figure("history-random", "pages_per_s"), 500);
        // Only where the part was asked for.
        if (Ours("history-newest-10000000") is not null)
        {
            yield return Rate("newest");
            yield return Rate("random");
        }
        foreach (var row in Growth())
            yield return row;
        yield return Archive("newest");
        yield return Archive("random");
        yield return Limit("Standalone's first answer, s", Figure("start", "seconds"), 3);
    }

    /// <summary>What others feel of who takes more than its share: only where that part was asked for.</summary>
    private IEnumerable<Row> Misbehaving()
    {
        foreach (
            var (label, what, alone) in new[]
            {
                ("hot-user", "a member of 10,000 chats that synchronises without end", "latency-one-to-one"),
                ("hot-chat-10000", "a chat of 10,000 members that 1,000 msg/s are offered to, with the limits on", "limited"),
                ("greedy", "two who send 5,000 msg/s, with the limits on", "limited"),
            }
        )
        {
            if (Ours($"beside-{label}") is { } beside)
                yield return Ratio($"other chats' p99 beside {what}, of without", beside.Delivery?.P99, Ours(alone)?.Delivery?.P99, 2);
        }
    }

    /// <summary>Where how many are connected is what matters.</summary>
    private IEnumerable<Row> Connections()
    {
        yield return Beside(
            Limit("room of 10,000 connected at 5 msg/s: p99 ms", Ours("room-10000")?.Delivery?.P99, 500),
            Bare("room-10000")?.Delivery?.P99
        );
        yield return Beside(
            Ratio(
                "other chats' p99 beside it, of without it",
                Ours("beside-room-10000")?.Delivery?.P99,
                Ours("latency-one-to-one")?.Delivery?.P99,
                2
            ),
            Bare("beside-room-10000")?.Delivery?.P99 / Bare("latency-one-to-one")?.Delivery?.P99,
            " ×"
        );
        yield return Beside(
            Limit("idle connection, KB of the gateway", Figure("idle", "gateway_kb_of_a_connection"), 25),
            BareFigure("idle", "hub_kb_of_a_connection")
        );
        yield return Beside(
            Limit("10,000 idle connections, % of a core of the gateway", Figure("idle", "gateway_percent_of_a_core"), 2),
            BareFigure("idle", "hub_percent_of_a_core")
        );
        yield return Beside(
            AtLeast("connect storm of 10,000 with 20 chats each, connects/s", Figure("idle", "connects_per_s"), 1_500),
            BareFigure("idle", "connects_per_s")
        );
        yield return AtLeast("the same again, the fourth time", Figure("storm-4", "connects_per_s"), 1_500);
        yield return Limit("chats activated by it", Figure("idle", "chats_activated"), 0);
    }

    /// <summary>Cost per delivery at twice and four times of something, against once: <c>growth-load-1</c>, <c>-2</c>, <c>-4</c> and so on.</summary>
    private IEnumerable<Row> Growth()
    {
        foreach (
            var group in results.Where(r => r.Label.StartsWith("growth-", StringComparison.Ordinal)).GroupBy(r => r.Label.Split('-')[1])
        )
        {
            var costs = group.OrderBy(r => int.Parse(r.Label.Split('-')[2], CultureInfo.InvariantCulture)).Select(Cost).ToArray();
            yield return Flat($"growth of {group.Key}: cost of one, × 1, 2, 4", "≤ 1.2 of × 1", costs);
        }
    }

    private Row Rate(string pages) =>
        Part(
            $"history, {pages} pages at 10^7 messages, of the rate at 10^5",
            80,
            Figure($"history-{pages}-10000000", "pages_per_s"),
            Figure($"history-{pages}-100000", "pages_per_s")
        );

    /// <summary>Cost per page in archives of 10^5, 10^6 and, where it was run, 10^7 messages.</summary>
    private Row Archive(string pages)
    {
        RunResult?[] runs = [Ours($"history-{pages}-100000"), Ours($"history-{pages}"), Ours($"history-{pages}-10000000")];
        return Flat(
            $"growth of the archive: cost of a {pages} page at 10^5, 10^6{(runs[2] is null ? "" : ", 10^7")} messages",
            "≤ 1.2 of 10^5",
            runs[0] is null ? [] : [.. runs.OfType<RunResult>().Select(Cost)]
        );
    }

    /// <summary>Whether the others are at most a fifth above the first.</summary>
    private static Row Flat(string what, string target, double[] costs)
    {
        if (costs.Length < 2)
            return NotRun(what, target);
        var worst = costs.Skip(1).Max() / costs[0];
        return new Row(what, target, string.Join(" / ", costs.Select(c => Text(c, "0.0"))) + " µs", worst <= 1.2, 1.2 / worst);
    }

    private static double Cost(RunResult result) =>
        result.Figures.TryGetValue("server_cpu_ms_of_one", out var one) ? one * 1000 : 1e6 / Math.Max(1e-9, result.DeliveredPerCpuSecond);

    private RunResult? Ours(string label) => results.FirstOrDefault(r => r.Label == label && !r.Bare);

    private RunResult? Bare(string label) => results.FirstOrDefault(r => r.Label == label && r.Bare);

    private double? Figure(string label, string name) => Ours(label)?.Figures.TryGetValue(name, out var figure) == true ? figure : null;

    private double? BareFigure(string label, string name) => Bare(label)?.Figures.TryGetValue(name, out var figure) == true ? figure : null;

    /// <summary>A figure that has a target of its own, with what the bare hub reaches.</summary>
    private static Row Beside(Row row, double? bare, string unit = "") =>
        row.Met is not null && bare is { } b ? row with { Found = $"{row.Found} (the bare hub {Text(b, "#,0.##")}{unit})" } : row;

    private Row Cpu(string what, string label, double percent) =>
        Part(what, percent, Ours(label)?.DeliveredPerCpuSecond, Bare(label)?.DeliveredPerCpuSecond, "of the bare hub's");

    private Row Part(string what, double target, double? part, double? whole, string of = "")
    {
        var percent = target * scale;
        return part is { } p && whole is > 0 and var w
            ? new Row(
                what,
                $"≥ {percent} % {of}".TrimEnd(),
                $"{Text(p)} of {Text(w)}: {Text(100 * p / w, "0.0")} %",
                100 * p / w >= percent,
                100 * p / w / percent
            )
            : NotRun(what, $"≥ {percent} %");
    }

    private static Row Told(string what, double? part, double? whole) =>
        part is { } p && whole is > 0 and var w
            ? new Row(what, "", $"{Text(p)} of {Text(w)}: {Text(100 * p / w, "0.0")} %", null)
            : NotRun(what, "");

    private Row Latency(string what, string label)
    {
        const string Target = "p50 and p99 ≤ 2 × the bare hub's, p99 < 30 ms";
        return Ours(label)?.Delivery is { } ours && Bare(label)?.Delivery is { } bare
            ? new Row(
                what,
                Target,
                $"{Text(ours.P50, "0.0")} / {Text(ours.P99, "0.0")} ms against {Text(bare.P50, "0.0")} / {Text(bare.P99, "0.0")} ms",
                ours.P50 <= 2 * bare.P50 && ours.P99 <= 2 * bare.P99 && ours.P99 < 30,
                Math.Min(Math.Min(2 * bare.P50 / ours.P50, 2 * bare.P99 / ours.P99), 30 / ours.P99)
            )
            : NotRun(what, Target);
    }

    /// <summary>What the libraries and the database need for one message, each with nothing else going on.</summary>
    private Row Floor()
    {
        const string What = "the same, of the bare hub with an empty grain behind it and of one row committed (no target: what they leave)";
        return
            Bare("empty-latency-one-to-one")?.Delivery is { } empty
            && Figure("commit", "p50_ms") is { } median
            && Figure("commit", "p99_ms") is { } worst
            ? new Row(
                What,
                "",
                $"{Text(empty.P50, "0.0")} / {Text(empty.P99, "0.0")} ms and {Text(median, "0.0")} / {Text(worst, "0.0")} ms",
                null
            )
            : NotRun(What, "");
    }

    private static Row Ratio(string what, double? part, double? whole, double most) =>
        part is { } p && whole is > 0 and var w
            ? new Row(
                what,
                $"≤ {most} ×",
                $"{Text(p, "0.0")} against {Text(w, "0.0")} ms: {Text(p / w, "0.0")} ×",
                p / w <= most,
                most * w / p
            )
            : NotRun(what, $"≤ {most} ×");

    private static Row Limit(string what, double? found, double most) =>
        found is { } f
            ? new Row(
                what,
                $"≤ {Text(most)}",
                Text(f, "#,0.##"),
                f <= most,
                most > 0 ? most / f
                    : f > 0 ? 0
                    : 1
            )
            : NotRun(what, $"≤ {Text(most)}");

    private static Row AtLeast(string what, double? found, double least) =>
        found is { } f ? new Row(what, $"≥ {Text(least)}", Text(f), f >= least, f / least) : NotRun(what, $"≥ {Text(least)}");

    private static Row NotRun(string what, string target) => new(what, target, Row.NotRun, null);

    private static string Text(double number, string format = "#,0.#") => number.ToString(format, CultureInfo.InvariantCulture);
}
