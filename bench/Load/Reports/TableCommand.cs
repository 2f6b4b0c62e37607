using System.ComponentModel;
using System.Globalization;
using System.Text;
using Orleans.Chat.Load.Measuring;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Reports;

internal sealed class TableSettings : CommandSettings
{
    [CommandArgument(0, "<FOLDER>")]
    [Description("The folder of results (*.json)")]
    public string Folder { get; init; } = "";

    [CommandOption("--out <FILE>")]
    [Description("The Markdown file to write")]
    public string? Out { get; init; }

    [CommandOption("--html <FILE>")]
    [Description("The page to write: the same table with bars, latencies and CPU, in one file without scripts")]
    public string? Html { get; init; }

    [CommandOption("--about <TEXT>")]
    [Description("A line for the head of the file; may be repeated")]
    public string[] About { get; init; } = [];

    [CommandOption("--check <PART>")]
    [Description("Fails when something that was run is below this part of its target, as in 0.5; what was not run is left out")]
    public double? Check { get; init; }
}

/// <summary>Results as a table against what is aimed at, and as rows with all their figures.</summary>
[Description("Writes the results of a folder as a table against the targets")]
internal sealed class TableCommand : Command<TableSettings>
{
    public override int Execute(CommandContext context, TableSettings settings, CancellationToken cancellationToken)
    {
        var results = Turns.Merge(Directory.EnumerateFiles(settings.Folder, "*.json").Order(StringComparer.Ordinal).Select(RunResult.Read));
        var rows = new Bar(results, settings.Check ?? 1).Rows().Where(r => settings.Check is null || r.Met is not null).ToArray();
        var text = Markdown(settings, rows, results);
        if (settings.Out is { } file)
            File.WriteAllText(file, text);
        if (settings.Html is { } page)
            File.WriteAllText(page, Page.Write(settings.About, rows, results));
        AnsiConsole.Write(new Text(text));
        return settings.Check is not null && Array.Exists(rows, r => r.Met == false) ? 1 : 0;
    }

    private static string Markdown(TableSettings settings, Row[] rows, RunResult[] results)
    {
        var text = new StringBuilder();
        foreach (var line in settings.About)
            text.Append(line).Append("\n\n");
        text.Append("| what | target | found | |\n| --- | --- | --- | --- |\n");
        foreach (var row in rows)
        {
            var met = row.Met switch
            {
                true => "met",
                false => "**missed**",
                null => "",
            };
            text.Append(CultureInfo.InvariantCulture, $"| {row.What} | {row.Target} | {row.Found} | {met} |\n");
        }
        text.Append(
            "\n| run | sent/s | delivered/s | a push | delivery p50 / p99 / p99.9 ms | answer p50 / p99 ms | CPU s by role | missing, problems |\n"
        );
        text.Append("| --- | --- | --- | --- | --- | --- | --- | --- |\n");
        foreach (var r in results.Where(r => r.DeliveredPerSecond > 0))
        {
            var cpu = string.Join(", ", r.CpuSeconds.Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value:0.0}")));
            text.Append(
                CultureInfo.InvariantCulture,
                $"| {r.Label}{(r.Bare ? " (bare)" : "")} | {r.SentPerSecond:#,0} | {r.DeliveredPerSecond:#,0} | {r.DeliveredPerPush:0.0} | "
            );
            text.Append(
                CultureInfo.InvariantCulture,
                $"{r.Delivery?.P50:0.0} / {r.Delivery?.P99:0.0} / {r.Delivery?.P999:0.0} | {r.Acknowledgement?.P50:0.0} / {r.Acknowledgement?.P99:0.0} | {cpu} | "
            );
            text.Append(CultureInfo.InvariantCulture, $"{r.Missing}{string.Concat(r.Problems.Select(p => $", {p.Key} {p.Value}"))} |\n");
        }
        return text.ToString();
    }
}
