using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Streams;

namespace Orleans.Chat.Gateway.Delivery;

/* This instance's subscription of the delivery stream. A delivery that is on its way through a silo that died would hold everything behind it
 * for the whole response time-out, so at any sign of trouble the gateway subscribes again, beside the old subscription, which it leaves
 * after. What came twice or was lost is sorted out by revision: the stream is a hint, the log is the truth. Where that does not help, because a
 * silo stays unheard, it goes on to a stream of another name, and leaves the one before once every silo had time to read so in the list of leases. */
internal sealed partial class GatewayStream(
    IClusterClient cluster,
    GatewayIdentity gateway,
    ItemRouter router,
    Sources sources,
    Unheard unheard,
    Resync resync,
    Announcer announcer,
    DeliveryMetrics metrics,
    TimeProvider time,
    ILogger<GatewayStream> logger
) : BackgroundService
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan CallTimeout = TimeSpan.FromSeconds(5);

    // The next renewal of the lease and the silos' next reading of the list, several times over.
    private static readonly TimeSpan Moving = TimeSpan.FromSeconds(10);
    private readonly TaskCompletionSource _subscribed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private StreamSubscriptionHandle<GatewayItem>? _handle;
    private int _number;

    /// <summary>Completes with the first subscription.</summary>
    public Task Subscribed => _subscribed.Task;

    /// <summary>Which of this instance's streams is listened to: silos publish to the one that the lease names.</summary>
    public int Number => Volatile.Read(ref _number);

    public void NotifyGatewayCountChanged(int currentNumberOfGateways, int previousNumberOfGateways, bool connectionRecovered)
    {
        if (currentNumberOfGateways < previousNumberOfGateways || connectionRecovered)
            router.Report("silos");
        announcer.AnnounceAll();
    }

    public void NotifyClusterConnectionLost() => router.Report("cluster");

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        if (_handle is { } handle)
            await LeaveAsync(handle, TimeSpan.Zero);
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            await SubscribeAsync(0, stoppingToken);
            _subscribed.TrySetResult();
            var subscribedAt = time.GetTimestamp();
            var tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
            var trouble = router.Trouble.WaitToReadAsync(stoppingToken).AsTask();
            while (true)
            {
                await await Task.WhenAny(trouble, tick);
                if (tick.IsCompleted)
                    tick = timer.WaitForNextTickAsync(stoppingToken).AsTask();
                var move = await unheard.IsLastingAsync();
                var reason = Reason(subscribedAt) ?? (move ? "a silo is not heard" : null);
                if (trouble.IsCompleted)
                    trouble = router.Trouble.WaitToReadAsync(stoppingToken).AsTask();
                if (reason is null)
                    continue;
                Log.Trouble(logger, reason);
                await SubscribeAsync(move ? Number + 1 : Number, stoppingToken);
                subscribedAt = time.GetTimestamp();
                metrics.Resubscribed();
                resync.Request();
                announcer.AnnounceAll();
                // What was seen while this went on is mended by it; trouble that lasts is not answered more often than this.
                await Task.Delay(Look, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private string? Reason(long subscribedAt)
    {
        if (router.Trouble.TryRead(out var reason))
            return reason;
        if (sources.TakeSilent())
            return "silence";
        var deaf = sources.Count() == 0 && time.GetElapsedTime(subscribedAt) > sources.Silence;
        return deaf ? "nothing heard" : null;
    }

    private async Task SubscribeAsync(int number, CancellationToken stoppingToken)
    {
        var stream = cluster.GetStreamProvider(ChatStreams.Delivery).GetStream<GatewayItem>(ChatStreams.Gateway(gateway.Id, number));
        while (true)
        {
            try
            {
                var old = _handle;
                _handle = await stream.SubscribeAsync(OnNext).WaitAsync(CallTimeout, time, stoppingToken);
                if (old is not null)
                    _ = LeaveAsync(old, number == Number ? TimeSpan.Zero : Moving);
                Volatile.Write(ref _number, number);
                return;
            }
            catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
            {
                Log.SubscribeFailed(logger, fault.GetType().Name);
            }
            await Task.Delay(Look, time, stoppingToken);
        }
    }

    private Task OnNext(IList<SequentialItem<GatewayItem>> items)
    {
        foreach (var item in items)
            router.Route(item.Item);
        return Task.CompletedTask;
    }

    private async Task LeaveAsync(StreamSubscriptionHandle<GatewayItem> handle, TimeSpan after)
    {
        try
        {
            await Task.Delay(after, time);
            await handle.UnsubscribeAsync().WaitAsync(CallTimeout, time);
        }
        catch (Exception fault)
        {
            // It stays listed until a delivery to it fails; nobody publishes to an instance that is gone.
            Log.LeaveFailed(logger, fault.GetType().Name);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The delivery stream is subscribed again ({Reason})")]
        public static partial void Trouble(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Warning, "The delivery stream could not be subscribed ({Fault}); it is tried again")]
        public static partial void SubscribeFailed(ILogger logger, string fault);

        [LoggerMessage(3, LogLevel.Information, "A subscription could not be left ({Fault})")]
        public static partial void LeaveFailed(ILogger logger, string fault);
    }
}
