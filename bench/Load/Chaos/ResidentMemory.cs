using System.Globalization;

namespace Orleans.Chat.Load.Chaos;

/// <summary>What a process that lived through all faults held before the first and after the last, in bytes.</summary>
internal sealed record MemoryUse(string Role, int Pid, long Before, long After);

/// <summary>Resident memory of a cluster's processes. PostgreSQL is its postmaster alone: its workers share pages, and come and go.</summary>
internal static class ResidentMemory
{
    private const string Field = "VmRSS:";

    public static IReadOnlyDictionary<(string Role, int Pid), long> Of(ClusterProcesses cluster) =>
        ClusterProcesses
            .Roles.SelectMany(role => cluster.Pids(role).Select(pid => (role, pid)))
            .Where(p => ClusterProcesses.IsAlive(p.pid))
            .ToDictionary(p => p, p => Read(p.pid));

    public static IReadOnlyList<MemoryUse> Compare(
        IReadOnlyDictionary<(string Role, int Pid), long> before,
        IReadOnlyDictionary<(string Role, int Pid), long> after
    ) => [.. before.Where(b => after.ContainsKey(b.Key)).Select(b => new MemoryUse(b.Key.Role, b.Key.Pid, b.Value, after[b.Key]))];

    private static long Read(int pid)
    {
        var line = File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith(Field, StringComparison.Ordinal));
        return long.Parse(line[Field.Length..].Replace("kB", "", StringComparison.Ordinal), CultureInfo.InvariantCulture) * 1024;
    }
}
