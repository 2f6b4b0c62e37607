using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;

namespace Orleans.Chat.Grains.Sessions;

/* The leases of the gateway instances. Only memory: an activation that is new has heard of nobody, so for the length of one lease its
 * list says that it is not complete, and who is missing from it is not dead. */
[GrainType("gateways")]
internal sealed partial class GatewayGrain(IOptions<DeliveryOptions> options, TimeProvider time, ILogger<GatewayGrain> logger)
    : Grain,
        IGatewayGrain
{
    private readonly Dictionary<string, (long At, int Stream)> _heard = new(StringComparer.Ordinal);
    private long _start;

    private TimeSpan Lease => TimeSpan.FromSeconds(options.Value.GatewayLeaseSeconds);

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        _start = time.GetTimestamp();
        return Task.CompletedTask;
    }

    public Task<GatewayList> Heartbeat(GatewayStatus status)
    {
        if (!_heard.ContainsKey(status.GatewayId))
            Log.Joined(logger, status.GatewayId);
        _heard[status.GatewayId] = (time.GetTimestamp(), status.Stream);
        return Live();
    }

    public Task Leave(string gatewayId)
    {
        if (_heard.Remove(gatewayId))
            Log.Left(logger, gatewayId);
        return Task.CompletedTask;
    }

    public Task<GatewayList> Live()
    {
        foreach (var (gateway, (at, _)) in _heard)
        {
            if (time.GetElapsedTime(at) <= Lease)
                continue;
            _heard.Remove(gateway);
            Log.Expired(logger, gateway);
        }
        var moved = _heard.Where(h => h.Value.Stream > 0).ToDictionary(h => h.Key, h => h.Value.Stream, StringComparer.Ordinal);
        return Task.FromResult(
            new GatewayList
            {
                Gateways = [.. _heard.Keys],
                Complete = time.GetElapsedTime(_start) > Lease,
                Streams = moved.Count > 0 ? moved : null,
            }
        );
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Gateway {Gateway} joined")]
        public static partial void Joined(ILogger logger, string gateway);

        [LoggerMessage(2, LogLevel.Information, "Gateway {Gateway} left")]
        public static partial void Left(ILogger logger, string gateway);

        [LoggerMessage(3, LogLevel.Warning, "Gateway {Gateway} has not renewed its lease; what it held is given up")]
        public static partial void Expired(ILogger logger, string gateway);
    }
}
