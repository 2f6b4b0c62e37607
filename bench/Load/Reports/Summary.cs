using Orleans.Chat.Load.Measuring;
using Spectre.Console;

namespace Orleans.Chat.Load.Reports;

/// <summary>A result, for the terminal.</summary>
internal static class Summary
{
    public static void Show(RunResult result)
    {
        var table = new Table().Border(TableBorder.Simple).HideHeaders().AddColumns("", "");
        table.Title = new TableTitle(Markup.Escape($"{result.Label}{(result.Bare ? " (bare hub)" : "")}, {result.Protocol}"));
        Row(
            table,
            "sent / acknowledged / delivered per s",
            $"{result.SentPerSecond:n0} / {result.AcknowledgedPerSecond:n0} / {result.DeliveredPerSecond:n0}"
        );
        Row(table, "deliveries per push", $"{result.DeliveredPerPush:n2}");
        if (result.Delivery is { Count: > 0 } delivery)
            Row(
                table,
                "delivery p50 / p99 / p99.9 / max ms",
                $"{delivery.P50:n1} / {delivery.P99:n1} / {delivery.P999:n1} / {delivery.Max:n1}"
            );
        if (result.Acknowledgement is { Count: > 0 } answer)
            Row(table, "answer p50 / p99 / p99.9 / max ms", $"{answer.P50:n1} / {answer.P99:n1} / {answer.P999:n1} / {answer.Max:n1}");
        Row(table, "CPU s of the window", string.Join(", ", result.CpuSeconds.Select(c => $"{c.Key} {c.Value:n1}")));
        if (result.ServerCpu > 0)
        {
            Row(table, "deliveries per CPU s of the servers", $"{result.DeliveredPerCpuSecond:n0}");
            Row(
                table,
                "server CPU µs per message",
                $"{result.ServerCpu * 1e6 / Math.Max(1, result.AcknowledgedPerSecond * result.Seconds):n0}"
            );
        }
        Row(table, "memory MB", string.Join(", ", result.Memory.Select(m => $"{m.Key} {m.Value / 1e6:n0}")));
        foreach (var (name, figure) in result.Figures)
            Row(table, name.Replace('_', ' '), $"{figure:n2}");
        if (result.Missing != 0)
            Row(table, "missing deliveries", $"{result.Missing:n0}");
        foreach (var (code, count) in result.Problems)
            Row(table, "problem " + code, $"{count:n0}");
        AnsiConsole.Write(table);
    }

    private static void Row(Table table, string name, string value) => table.AddRow(Markup.Escape(name), Markup.Escape(value));
}
