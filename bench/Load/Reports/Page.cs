using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Orleans.Chat.Load.Measuring;

namespace Orleans.Chat.Load.Reports;

/// <summary>The table as a page to look at: one file that needs nothing else, no script, no font, no network.</summary>
internal static partial class Page
{
    /// <summary>Where the axis of targets ends: at twice what was asked.</summary>
    private const double Most = 2;

    private static readonly string[] Roles = ["gateway", "silo", "postgres", "redis", "hub", RunResult.Generator];

    private static StringComparer ByNumber { get; } = StringComparer.Create(CultureInfo.InvariantCulture, CompareOptions.NumericOrdering);

    public static string Write(IReadOnlyList<string> about, IReadOnlyList<Row> rows, IReadOnlyList<RunResult> results)
    {
        var page = new StringBuilder();
        var title = Html.Text(about.Count > 0 ? about[0].TrimStart('#', ' ') : "Benchmark");
        page.Append(
            $"""
            <!doctype html>
            <html lang="en">
            <meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <title>{title}</title>
            <style>
            {File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "page.css"))}</style>
            <h1>{title}</h1>

            """
        );
        foreach (var line in about.Skip(1))
            page.Append("<p>").Append(Code().Replace(Html.Text(line), "<code>${code}</code>")).Append("</p>\n");
        Targets(page, rows);
        RunResult[] runs = [.. results.OrderBy(r => r.Label, ByNumber).ThenByDescending(r => r.Bare)];
        Latencies(page, [.. runs.Where(r => LatencyOf(r) is not null)]);
        Cpu(page, [.. runs.Where(r => r.Seconds > 0 && r.CpuSeconds.Values.Sum() > 0)]);
        return page.ToString();
    }

    private static void Targets(StringBuilder page, IReadOnlyList<Row> rows)
    {
        Row[] run = [.. rows.Where(r => r.Met is not null)];
        page.Append(
            "<h2>Against the targets</h2>\n<p>A bar is what was found as a part of what was asked; where less is better, the other way round."
        );
        page.Append(
            CultureInfo.InvariantCulture,
            $" One that reaches the line meets its target: {run.Count(r => r.Met == true)} of {run.Length} do.</p>\n"
        );
        page.Append("<div class=\"scroll\"><table class=\"targets\">\n");
        page.Append(Html.Head([(0, "0"), (1 / Most, "target"), (1, $"{Most} ×")], [""], "", "found", "target"));
        foreach (var row in run)
        {
            var (kind, word) = row.Met == true ? ("met", "✓ met") : ("missed", "✗ missed");
            var reached = row.Reached ?? 0;
            page.Append(
                Html.Row(
                    Html.Text(row.What),
                    Html.Track(
                        Html.Span($"bar {kind}{(reached > Most ? " cut" : "")}", 0, Math.Min(reached, Most) / Most),
                        Html.Mark("rule target", 1 / Most)
                    ),
                    Html.Number(reached > 100 ? "> 100 ×" : Html.Format(reached, "0.00") + " ×"),
                    Html.Cell($"word {kind}", word),
                    Html.Cell("found", Html.Text(row.Found).Replace(" %", "&nbsp;%", StringComparison.Ordinal)),
                    Html.Cell("found", Html.Text(row.Target))
                )
            );
        }
        page.Append("</table></div>\n");
        foreach (var told in rows.Where(r => r.Met is null && r.Ran))
            page.Append($"<p>{Html.Text(told.What)}: {Html.Text(told.Found)}.</p>\n");
        string[] left = [.. rows.Where(r => !r.Ran).Select(r => r.What)];
        if (left.Length > 0)
            page.Append($"<p>Not run: {Html.Text(string.Join("; ", left))}.</p>\n");
    }

    private static void Latencies(StringBuilder page, RunResult[] runs)
    {
        if (runs.Length == 0)
            return;
        var low = (int)Math.Floor(Math.Log10(Math.Max(0.01, runs.Min(r => LatencyOf(r)!.P50))));
        var high = Math.Max(low + 1, (int)Math.Ceiling(Math.Log10(runs.Max(r => LatencyOf(r)!.P99))));
        double At(double milliseconds) => Math.Clamp((Math.Log10(Math.Max(1e-6, milliseconds)) - low) / (high - low), 0, 1);
        double[] decades = [.. Enumerable.Range(low, high - low + 1).Select(d => Math.Pow(10, d))];
        page.Append("<h2>Latency</h2>\n<p>From when a message was meant to be sent until another had it; of requests, until the answer.");
        page.Append(" The axis is logarithmic.</p>\n");
        page.Append(Html.Legend([("p50", "p50"), ("p99", "p99"), ("ours", "ours"), ("bare", "the bare hub")]));
        page.Append("<div class=\"scroll\"><table>\n");
        page.Append(
            Html.Head(
                decades.Select(d => (At(d), d < 1000 ? Html.Format(d, "0.##") + " ms" : Html.Format(d / 1000, "0") + " s")),
                ["p50 ms", "p99 ms"]
            )
        );
        foreach (var run in runs)
        {
            var (latency, kind) = (LatencyOf(run)!, run.Bare ? "bare" : "ours");
            var (p50, p99) = (At(latency.P50), At(latency.P99));
            string[] marks = [Html.Span($"span {kind}", p50, p99 - p50), Html.Mark($"p99 {kind}", p99), Html.Mark($"p50 {kind}", p50)];
            page.Append(
                Html.Row(
                    Name(run),
                    Html.Track([.. decades.Select(d => Html.Mark("rule", At(d))), .. marks]),
                    Html.Number(Html.Format(latency.P50, "#,0.0")),
                    Html.Number(Html.Format(latency.P99, "#,0.0"))
                )
            );
        }
        page.Append("</table></div>\n");
    }

    private static void Cpu(StringBuilder page, RunResult[] runs)
    {
        if (runs.Length == 0)
            return;
        var cores = (int)Math.Max(1, Math.Ceiling(runs.Max(r => r.CpuSeconds.Values.Sum() / r.Seconds)));
        double[] each = [.. Enumerable.Range(0, cores + 1).Select(c => (double)c / cores)];
        var roles = runs.SelectMany(r => r.CpuSeconds.Keys).Distinct(StringComparer.Ordinal).OrderBy(RankOf);
        page.Append("<h2>CPU by role</h2>\n<p>Cores in use over the window, the load generator's among them.</p>\n");
        page.Append(Html.Legend(roles.Select(r => (KindOf(r), Html.Text(r)))));
        page.Append("<div class=\"scroll\"><table>\n");
        page.Append(Html.Head(each.Select((at, c) => (at, c == 1 ? "1 core" : $"{c}")), ["cores", "of the servers"]));
        foreach (var run in runs)
        {
            List<string> marks = [.. each.Select(at => Html.Mark("rule", at))];
            var sum = 0.0;
            foreach (var (role, seconds) in run.CpuSeconds.OrderBy(c => RankOf(c.Key)))
            {
                var used = seconds / run.Seconds;
                marks.Add(Html.Span($"part {KindOf(role)}", sum / cores, used / cores, $"{Html.Text(role)} {Html.Format(used, "0.00")}"));
                sum += used;
            }
            page.Append(
                Html.Row(
                    Name(run),
                    Html.Track(marks),
                    Html.Number(Html.Format(sum, "0.00")),
                    Html.Number(Html.Format(run.ServerCpu / run.Seconds, "0.00"))
                )
            );
        }
        page.Append("</table></div>\n");
    }

    /// <summary>Of deliveries, or of requests where there are none. Null where nothing was timed.</summary>
    private static Latency? LatencyOf(RunResult run) =>
        run.Delivery is { Count: > 0 } delivery ? delivery
        : run.Acknowledgement is { Count: > 0 } answer ? answer
        : null;

    private static int RankOf(string role) => Array.IndexOf(Roles, role) is >= 0 and var rank ? rank : Roles.Length;

    private static string KindOf(string role) => RankOf(role) < Roles.Length ? role : "other";

    private static string Name(RunResult run) => Html.Text(run.Label) + (run.Bare ? " (bare)" : "");

    [GeneratedRegex("`(?<code>[^`]*)`", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Code();
}
