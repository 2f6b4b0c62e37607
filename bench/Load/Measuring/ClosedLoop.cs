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
        var (own, usage, from) = (ServerProcesses.Own(), processes.Read(), Stopwatch.GetTimestamp());
        Volatile.Write(ref recording, true);
        await Task.WhenAny(Task.Delay(TimeSpan.FromSeconds(settings.Seconds), TimeProvider.System, ended.Token), Task.WhenAll(loops));
        var seconds = Stopwatch.GetElapsedTime(from).TotalSeconds;
        var (count, ownAfter, usageAfter) = (Interlocked.Read(ref done), ServerProcesses.Own(), processes.Read());
        await ended.CancelAsync();
        await Task.WhenAll(loops);

        var cpu = new SortedDictionary<string, double>(StringComparer.Ordinal) { [RunResult.Generator] = Math.Round(ownAfter - own, 2) };
        foreach (var (role, used) in usageAfter)
            cpu[role] = Math.Round(used.CpuSeconds - usage.GetValueOrDefault(role).CpuSeconds, 2);
        var result = new RunResult
        {
            Label = settings.Label ?? label,
            Command = string.Join(' ', Environment.GetCommandLineArgs().Skip(1)),
            Bare = false,
            Protocol = "rest",
            Seconds = Math.Round(seconds, 3),
            Acknowledgement = Latency.Of(times),
            CpuSeconds = cpu,
            Memory = new SortedDictionary<string, long>(usageAfter.ToDictionary(u => u.Key, u => u.Value.Bytes), StringComparer.Ordinal),
        };
        result.Figures[unit + "_per_s"] = Math.Round(count / seconds, 1);
        if (processes.Any)
            result.Figures["server_cpu_ms_of_one"] = Math.Round(result.ServerCpu * 1000 / Math.Max(1, count), 3);
        return result;
    }
}
