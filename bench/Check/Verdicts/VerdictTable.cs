using System.Globalization;
using Spectre.Console;

namespace Orleans.Chat.Check.Verdicts;

/// <summary>A verdict for who reads it on a terminal.</summary>
internal static class VerdictTable
{
    public static void Write(Verdict verdict, IAnsiConsole console)
    {
        if (!console.Profile.Out.IsTerminal)
            console.Profile.Width = 160;
        console.Write(Promises(verdict));
        console.Write(Figures(verdict));
        foreach (var violation in verdict.Violations)
            Write(violation, console);
        var broken = verdict.Promises.Sum(p => p.Violations);
        if (broken > verdict.Violations.Count)
            console.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"{broken - verdict.Violations.Count:#,0} further violations are not shown."
            );
        if (verdict.Weak)
            console.MarkupLine("[yellow]Weak: of more than 5 % of the sends nobody knows what became of them.[/]");
        console.MarkupLine(verdict.Held ? "[green]All promises that were put to the test held.[/]" : "[red]Promises were broken.[/]");
    }

    private static Table Promises(Verdict verdict)
    {
        var table = new Table().Border(TableBorder.Simple);
        table
            .AddColumns("promise", "guarantee", "says", "")
            .AddColumn("checked", c => c.RightAligned())
            .AddColumn("broken", c => c.RightAligned());
        foreach (var promise in verdict.Promises)
        {
            table.AddRow(
                new Text(promise.PromiseId),
                new Text(promise.Guarantee is { } number ? Count(number) : ""),
                new Text(promise.Says),
                promise.Standing switch
                {
                    Standing.Held => new Markup("[green]held[/]"),
                    Standing.Broken => new Markup("[red]BROKEN[/]"),
                    _ => new Markup("[yellow]not exercised[/]"),
                },
                new Text(Count(promise.Checks)),
                new Text(promise.Violations == 0 ? "" : Count(promise.Violations))
            );
        }
        return table;
    }

    private static Grid Figures(Verdict verdict)
    {
        var sends = verdict.Sends;
        var grid = new Grid().AddColumns(2);
        Row("events", $"{Count(verdict.Events)} in {verdict.Seconds:0.00} s, {Count((long)(verdict.Events / verdict.Seconds))} a second");
        Row("sends", $"{Count(sends.Acknowledged)} ok, {Count(sends.Refused)} failed, {Count(sends.Unknown)} unknown");
        Row("duplicate pushes", $"{Count(verdict.DuplicatePushes)}, which are legal");
        if (verdict.WorstSendPlace is { } worst)
            Row("worst send", $"{verdict.WorstSendMilliseconds:#,0.0} ms, {worst}");
        if (verdict.DuringFaults is { } during)
            Row(
                "during faults",
                $"{Count(during.Count)} sends, half within {during.MedianMilliseconds:#,0.0} ms, 99 % within {during.P99Milliseconds:#,0.0} ms"
            );
        foreach (var outage in verdict.LongestWithoutService)
            Row("without service", $"{outage.Milliseconds:#,0.0} ms, {outage.ChatId}");
        if (verdict.CutLines > 0)
            Row("cut lines", $"{Count(verdict.CutLines)}, the last of a file whose writer was killed");
        return grid;

        void Row(string name, FormattableString value) =>
            grid.AddRow(new Text(name), new Text(value.ToString(CultureInfo.InvariantCulture)));
    }

    private static void Write(ShownViolation violation, IAnsiConsole console)
    {
        console.WriteLine();
        console.MarkupInterpolated(
            $"[red]{violation.PromiseId}[/]: {violation.What}{(violation.ChatId is null ? "" : $", chat {violation.ChatId}")}"
        );
        console.WriteLine();
        foreach (var line in violation.Lines)
            Raw("  > ", line, console);
        foreach (var line in violation.Around)
            Raw("    ", line, console);
    }

    // As it is, not broken to the width of a terminal: it is searched for, and copied.
    private static void Raw(string mark, ShownLine line, IAnsiConsole console) =>
        console.Profile.Out.Writer.WriteLine($"{mark}{line.Place}: {line.Text}");

    private static string Count(long count) => count.ToString("#,0", CultureInfo.InvariantCulture);
}
