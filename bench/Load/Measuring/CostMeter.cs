using System.Diagnostics;

namespace Orleans.Chat.Load.Measuring;

/// <summary>What a stretch of time cost: CPU seconds by role, the generator's among them, and memory at its end.</summary>
internal sealed class CostMeter(ServerProcesses processes)
{
    private readonly SortedDictionary<string, Usage> _before = processes.Read();
    private readonly double _own = ServerProcesses.Own();

    /// <summary>When it began, in ticks of <see cref="Stopwatch"/>.</summary>
    public long Start { get; } = Stopwatch.GetTimestamp();

    /// <summary>Puts the cost until now, and how long it took, into a result.</summary>
    public RunResult End(RunResult result)
    {
        var seconds = Stopwatch.GetElapsedTime(Start).TotalSeconds;
        var after = processes.Read();
        var cpu = new SortedDictionary<string, double>(StringComparer.Ordinal)
        {
            [RunResult.Generator] = Math.Round(ServerProcesses.Own() - _own, 2),
        };
        foreach (var (role, used) in after)
            cpu[role] = Math.Round(used.CpuSeconds - _before.GetValueOrDefault(role).CpuSeconds, 2);
        return result with
        {
            Command = string.Join(' ', Environment.GetCommandLineArgs().Skip(1)),
            Seconds = Math.Round(seconds, 3),
            CpuSeconds = cpu,
            Memory = new SortedDictionary<string, long>(after.ToDictionary(u => u.Key, u => u.Value.Bytes), StringComparer.Ordinal),
        };
    }
}
