using System.Diagnostics;
using HdrHistogram;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.Load.Measuring;

/// <summary>Makes requests one after the other, so many at a time, and times them and what they cost the server.</summary>
internal sealed class ClosedLoop(LoadSettings settings, ServerProcesses processes)
{
    /// <param name="unit">What one request is, in the plural, for the figures' names.</param>
    /// <param name="request">Makes a request; its argument is a number that no other request gets.</param>
    public async Task<RunResult> RunAsync(string label, string unit, int atOnce, Func<int, Task> request)
    {
        var times = new LongConcurrentHistogram(1, 600_000_000, 3);
        var number = -1;
        long done = 0;
        var recording = false;
        using var ended = new CancellationTokenSource();
        async Task LoopAsync()
        {
            while (!ended.IsCancellationRequested)
            {
                var start = Stopwatch.GetTimestamp();
                await request(Interlocked.Increment(ref number));
                if (!Volatile.Read(ref recording))
                    continue;
                times.RecordValue(Math.Max(1, (long)Stamp.Microseconds(Stopwatch.GetTimestamp() - start)));
                Interlocked.Increment(ref done);
            }
        }
        var loops = Enumerable.Range(0, atOnce).Select(_ => LoopAsync()).ToArray();
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(settings.Warmup), TimeProvider.System, ended.Token), Task.WhenAll(loops));
        var meter = new CostMeter(processes);
        Volatile.Write(ref recording, true);
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(settings.Seconds), TimeProvider.System, ended.Token), Task.WhenAll(loops));
        var count = Interlocked.Read(ref done);
        var result = meter.End(
            new RunResult
            {
                Label = settings.Label ?? label,
                Bare = false,
                Protocol = "rest",
            }
        );
        await ended.CancelAsync();
        await Task.WhenAll(loops);
        result = result with { Acknowledgement = Latency.Of(times) };
        result.Figures[unit + "_per_s"] = Math.Round(count / result.Seconds, 1);
        if (processes.Any)
            result.Figures["server_cpu_ms_of_one"] = Math.Round(result.ServerCpu * 1000 / Math.Max(1, count), 3);
        return result;
    }
}
