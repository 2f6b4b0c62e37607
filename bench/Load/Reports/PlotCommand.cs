using System.ComponentModel;
using Orleans.Chat.Load.Measuring;
using OxyPlot;
using OxyPlot.Axes;
using OxyPlot.Legends;
using OxyPlot.Series;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Reports;

internal sealed class PlotSettings : CommandSettings
{
    [CommandArgument(0, "<RESULT>")]
    [Description("Results (*.json)")]
    public string[] Results { get; init; } = [];

    [CommandOption("--out <FILE>")]
    [DefaultValue("load.svg")]
    public string Out { get; init; } = "load.svg";
}

/// <summary>Deliveries second by second, a line for each result.</summary>
[Description("Draws results as an SVG: deliveries second by second")]
internal sealed class PlotCommand : Command<PlotSettings>
{
    public override int Execute(CommandContext context, PlotSettings settings, CancellationToken cancellationToken)
    {
        var model = new PlotModel { Title = "Deliveries a second", Background = OxyColors.White };
        model.Axes.Add(new LinearAxis { Position = AxisPosition.Bottom, Title = "s" });
        model.Axes.Add(
            new LinearAxis
            {
                Position = AxisPosition.Left,
                Minimum = 0,
                MajorGridlineStyle = LineStyle.Dot,
            }
        );
        model.Legends.Add(new Legend { LegendPosition = LegendPosition.RightBottom });
        foreach (var result in settings.Results.Select(RunResult.Read))
        {
            var line = new LineSeries { Title = result.Label + (result.Bare ? " (bare)" : "") };
            line.Points.AddRange(result.Timeline.Select(s => new DataPoint(s.At, s.Delivered)));
            model.Series.Add(line);
        }
        using var file = File.Create(settings.Out);
        new SvgExporter { Width = 900, Height = 450 }.Export(model, file);
        return 0;
    }
}
