namespace Orleans.Chat.Load.Chaos;

/// <summary>Each twentieth packet between silos is lost, either way.</summary>
internal sealed class LostPackets(ClusterProcesses cluster)
{
    private const string Part = "0.05";

    public Fault Fault =>
        new(
            "loss-silos",
            token =>
                PacketFilter.ApplyAsync(
                    SiloPorts.Rules(cluster.Pids("silo"), $"-m statistic --mode random --probability {Part} -j DROP"),
                    token
                ),
            PacketFilter.RemoveAsync
        );
}
