using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Delivery;

/* Renews this instance's lease, from when its stream is subscribed: what holds a lease is told things, and would miss the first. Beside it
 * the connections are swept. A lease that cannot be renewed is tried again at the next time. */
internal sealed partial class GatewayHeartbeat(
    GatewayStream stream,
    ConnectionTable connections,
    Draining draining,
    IClusterCalls calls,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    ILogger<GatewayHeartbeat> logger
) : BackgroundService
{
    private static readonly TimeSpan SweepPeriod = TimeSpan.FromMilliseconds(250);
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(2);

    public override async Task StopAsync(CancellationToken cancellationToken)
    {
        await base.StopAsync(cancellationToken);
        try
        {
            await calls.LeaveAsync().WaitAsync(LeaveTimeout, time, cancellationToken);
        }
        catch (Exception fault)
        {
            // The lease runs out by itself.
            Log.Failed(logger, fault.GetType().Name);
        }
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(RenewAsync(stoppingToken), SweepAsync(stoppingToken));

    private async Task RenewAsync(CancellationToken stoppingToken)
    {
        var period = TimeSpan.FromSeconds(options.Value.LeaseRenewalSeconds);
        try
        {
            await stream.Subscribed.WaitAsync(stoppingToken);
            while (true)
            {
                var begun = time.GetTimestamp();
                try
                {
                    await calls.HeartbeatAsync(connections.Count, draining.Started, stream.Number).WaitAsync(period, time, stoppingToken);
                }
                catch (Exception fault) when (!stoppingToken.IsCancellationRequested)
                {
                    Log.Failed(logger, fault.GetType().Name);
                }
                var rest = period - time.GetElapsedTime(begun);
                if (rest > TimeSpan.Zero)
                    await Task.Delay(rest, time, stoppingToken);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private async Task SweepAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(SweepPeriod, time, stoppingToken);
                connections.Sweep(TimeSpan.FromSeconds(options.Value.TokenGraceSeconds));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The gateway stops.
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "The gateway's lease could not be renewed or given back ({Fault})")]
        public static partial void Failed(ILogger logger, string fault);
    }
}
