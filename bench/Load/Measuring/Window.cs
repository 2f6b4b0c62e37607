using System.Diagnostics;
using Spectre.Console;

namespace Orleans.Chat.Load.Measuring;

/* The measured part of a run: after the warm-up, for the given time, with the server side's CPU read at both ends. */
internal sealed class Window(LoadSettings settings, Recorder recorder, ServerProcesses processes)
{
    private static readonly TimeSpan Drain = TimeSpan.FromSeconds(15);
    private readonly List<Second> _timeline = [];

    /// <summary>Watches the traffic, stops it, waits for what is on its way, and tells.</summary>
    /// <param name="countOwn">Whether what a sender's own device gets counts as a delivery.</param>
    public async Task<RunResult> MeasureAsync(string label, bool countOwn, Action stop)
    {
        await WatchAsync("warm-up", TimeSpan.FromSeconds(settings.Warmup), keep: false);
        var (before, meter) = (recorder.Now, new CostMeter(processes));
        recorder.Open(meter.Start);
        await WatchAsync(label, TimeSpan.FromSeconds(settings.Seconds), keep: true);
        recorder.Close(Stopwatch.GetTimestamp());
        var counts = recorder.Now - before;
        var result = meter.End(
            new RunResult
            {
                Label = settings.Label ?? label,
                Bare = settings.Bare,
                Protocol = settings.Protocol,
            }
        );
        stop();
        await DrainAsync();
        var delivered = counts.Received + (countOwn ? counts.Own : 0);
        return result with
        {
            SentPerSecond = Rate(counts.Sent, result.Seconds),
            AcknowledgedPerSecond = Rate(counts.Acknowledged, result.Seconds),
            DeliveredPerSecond = Rate(delivered, result.Seconds),
            DeliveredPerPush = counts.Pushes == 0 ? 0 : Math.Round((double)(counts.Received + counts.Own) / counts.Pushes, 2),
            Delivery = recorder.Delivery(),
            Acknowledgement = recorder.Acknowledgement(),
            Problems = recorder.Problems(),
            Missing = recorder.Missing,
            Timeline = _timeline,
        };
    }

    private static double Rate(long count, double seconds) => Math.Round(count / seconds, 1);

    private async Task WatchAsync(string what, TimeSpan length, bool keep)
    {
        var start = Stopwatch.GetTimestamp();
        var last = recorder.Now;
        var lastAt = start;
        async Task LookAsync(Action<string> show)
        {
            while (Stopwatch.GetElapsedTime(start) < length)
            {
                var rest = length - Stopwatch.GetElapsedTime(start);
                await Task.Delay(
                    rest < TimeSpan.FromSeconds(1) ? rest + TimeSpan.FromMilliseconds(1) : TimeSpan.FromSeconds(1),
                    TimeProvider.System
                );
                var (now, at) = (recorder.Now, Stopwatch.GetTimestamp());
                var (counts, seconds) = (now - last, Stopwatch.GetElapsedTime(lastAt, at).TotalSeconds);
                (last, lastAt) = (now, at);
                var line = new Second(
                    Math.Round(Stopwatch.GetElapsedTime(start, at).TotalSeconds, 1),
                    Rate(counts.Sent, seconds),
                    Rate(counts.Received + counts.Own, seconds)
                );
                if (keep)
                    _timeline.Add(line);
                show(
                    $"{what} {line.At, 5:0.0} s   sent {line.Sent, 9:0}/s   delivered {line.Delivered, 9:0}/s   problems {recorder.Problems().Values.Sum()}"
                );
            }
        }
        if (AnsiConsole.Profile.Capabilities.Interactive)
            await AnsiConsole.Status().StartAsync(what, context => LookAsync(line => context.Status = Markup.Escape(line)));
        else
            await LookAsync(_ => { });
    }

    private async Task DrainAsync()
    {
        var start = Stopwatch.GetTimestamp();
        while (!recorder.Settled && Stopwatch.GetElapsedTime(start) < Drain)
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
    }
}
