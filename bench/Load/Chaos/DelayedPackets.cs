namespace Orleans.Chat.Load.Chaos;

/// <summary>What silos say to each other takes 50 ms longer, either way: as over a wide network.</summary>
internal sealed class DelayedPackets(ClusterProcesses cluster)
{
    private const ushort Queue = 4711;
    private static readonly TimeSpan Delay = TimeSpan.FromMilliseconds(50);
    private PacketQueue? _queue;

    public Fault Fault => new("delay-silos", BeginAsync, HealAsync);

    private Task BeginAsync(CancellationToken cancellationToken)
    {
        _queue = new PacketQueue(Queue, Delay);
        // Who is not served by a queue any more goes on as if there were no rule.
        return PacketFilter.ApplyAsync(
            SiloPorts.Rules(cluster.Pids("silo"), $"-j NFQUEUE --queue-num {Queue} --queue-bypass"),
            cancellationToken
        );
    }

    private async Task HealAsync(CancellationToken cancellationToken)
    {
        await PacketFilter.RemoveAsync(cancellationToken);
        if (_queue is not { } queue)
            return;
        await queue.DisposeAsync();
        if (queue.Passed == 0)
            throw new InvalidOperationException("No packet came by: nothing was delayed.");
    }
}
