namespace Orleans.Chat.Load.Chaos;

/// <summary>What silos say to each other is told by their ports, which no gateway uses.</summary>
internal static class SiloPorts
{
    public static string Of(int pid) => ClusterProcesses.Setting(pid, "Cluster__SiloPort");

    /// <summary>A rule for what goes to a silo from another, and one for what comes back.</summary>
    public static string[] Rules(IEnumerable<int> silos, string then)
    {
        var ports = string.Join(',', silos.Select(Of));
        return [$"-p tcp -m multiport --dports {ports} {then}", $"-p tcp -m multiport --sports {ports} {then}"];
    }
}
