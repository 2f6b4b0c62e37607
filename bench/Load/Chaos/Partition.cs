namespace Orleans.Chat.Load.Chaos;

/* On one machine all silos are at one address, so what belongs to which is told by the user that a silo runs as, and the silos' ports by their environment.
 * Only what silos say to each other is dropped: to the database, to Redis and to the gateways the silo stays connected, so that it goes on serving and
 * writing while the others take it for dead. Over connections that it made itself it still hears the others: they do not hear it. */

/// <summary>A silo that the other silos do not hear.</summary>
internal sealed class Partition(ClusterProcesses cluster)
{
    public Fault Fault => new("partition-silo", BeginAsync, PacketFilter.RemoveAsync);

    private Task BeginAsync(CancellationToken cancellationToken)
    {
        var pids = cluster.Pids("silo");
        var (alone, others) = (pids[0], pids[1..]);
        var user = UserOf(alone);
        if (others.Any(o => UserOf(o) == user))
            throw new InvalidOperationException("A partition needs silos that run as users of their own.");
        var port = SiloPorts.Of(alone);
        var ports = string.Join(',', others.Select(SiloPorts.Of));
        return PacketFilter.ApplyAsync(
            [
                $"-p tcp -m owner --uid-owner {user} -m multiport --dports {ports} -j DROP",
                $"-p tcp --dport {port} -j DROP",
                $"-p tcp --sport {port} -j DROP",
            ],
            cancellationToken
        );
    }

    private static string UserOf(int pid) =>
        File.ReadLines($"/proc/{pid}/status").First(l => l.StartsWith("Uid:", StringComparison.Ordinal)).Split('\t')[1];
}
