namespace Orleans.Chat.Load.Chaos;

/// <summary>What silos say to each other takes 50 ms longer, either way: as over a wide network.</summary>
internal sealed class DelayedPackets(ClusterProcesses cluster)
{
    private const ushort Queue = 4711;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);

    public Fault Fault
    {
        get
        {
            PacketQueue? queue = null;
            return new Fault(
                "delay-silos",
                token =>
                {
                    queue = new PacketQueue(Queue, Delay);
                    // Where nobody serves the queue any more, packets go on as if there were no rule.
                    return PacketFilter.ApplyAsync(
                        SiloPorts.Rules(cluster.Pids("silo"), $"-j NFQUEUE --queue-num {Queue} --queue-bypass"),
                        token
                    );
                },
                token => HealAsync(queue, token)
            );
        }
    }

    private static async Task HealAsync(PacketQueue? queue, CancellationToken cancellationToken)
    {
        await PacketFilter.RemoveAsync(cancellationToken);
        if (queue is null)
            return;
        await queue.DisposeAsync();
        if (queue.Passed == 0)
            throw new InvalidOperationException("No packet came by: nothing was delayed.");
    }
}
