namespace Orleans.Chat.Gateway.Delivery;

/* The end of a gateway in good order: it stops being ready and takes no connection; each of its connections is told its own time to go
 * elsewhere, and is closed then. Thousands that leave in the same moment would be the next gateway's overload. */
internal sealed class Draining(ConnectionTable connections, Random random, TimeProvider time, TimeSpan spread)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(100);
    private volatile bool _started;

    public bool Started => _started;

    /// <summary>Completes when all connections are gone, or have had their time.</summary>
    public async Task RunAsync()
    {
        _started = true;
        var begun = time.GetTimestamp();
        connections.Drain(spread, random.NextDouble);
        while (connections.Count > 0 && time.GetElapsedTime(begun) < spread + Patience)
            await Task.Delay(Look, time);
    }
}
