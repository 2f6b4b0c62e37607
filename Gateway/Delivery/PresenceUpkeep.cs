namespace Orleans.Chat.Gateway.Delivery;

/* Watches again, after a fault, whose presence is watched here: so many a second, since every gateway does so at once and the grains have to be
 * activated again, and until it worked, since the first tries may still meet the silo that died. */
internal sealed class PresenceUpkeep(PresenceWatches watches, TimeProvider time) : BackgroundService
{
    private const int PerRound = 200;
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(Period, time, stoppingToken);
                await watches.WatchAgainAsync(PerRound).WaitAsync(stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }
}
