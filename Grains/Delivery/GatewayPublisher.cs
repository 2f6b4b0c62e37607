using System.Collections.Concurrent;
using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Streams;

namespace Orleans.Chat.Grains.Delivery;

/* One lane for each live gateway: a bounded queue and one pump that numbers what goes out and puts it on the gateway's stream, so
 * that the numbers stand in the order of the stream. What does not fit is dropped but counted in the numbers: the gateway sees
 * the hole and pulls what it missed from the log. So a slow gateway costs a silo a bounded queue and nothing else. */
internal sealed partial class GatewayPublisher(
    IClusterClient cluster,
    GatewayWatch gateways,
    IOptions<DeliveryOptions> options,
    TimeProvider time,
    PublisherMetrics metrics,
    ILogger<GatewayPublisher> logger
) : BackgroundService, IGatewayPublisher
{
    private readonly IClusterClient _cluster = cluster;
    private readonly GatewayWatch _gateways = gateways;
    private readonly IOptions<DeliveryOptions> _options = options;
    private readonly ILogger _logger = logger;
    private readonly ConcurrentDictionary<string, Lane> _lanes = new(StringComparer.Ordinal);
    private readonly string _source = Guid.CreateVersion7().ToString("N");
    private readonly PublisherMetrics _metrics = metrics;

    public IReadOnlyList<string> LiveGateways => _gateways.Live;

    public ValueTask PublishAsync(string gatewayId, GatewayEvent e)
    {
        if (_gateways.IsLive(gatewayId))
            LaneOf(gatewayId).Offer(e);
        return ValueTask.CompletedTask;
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(_options.Value.HeartbeatSeconds), time);
        _gateways.Changed += Drop;
        try
        {
            do
            {
                foreach (var gateway in _gateways.Live)
                    LaneOf(gateway).Offer(Beat);
            } while (await timer.WaitForNextTickAsync(stoppingToken));
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
        finally
        {
            // The lanes stay: chats that are handed over while the silo stops still publish what they commit.
            _gateways.Changed -= Drop;
        }
    }

    private static readonly Heartbeat Beat = new();

    private Lane LaneOf(string gatewayId) =>
        _lanes.TryGetValue(gatewayId, out var lane) ? lane : _lanes.GetOrAdd(gatewayId, id => new Lane(this, id));

    private void Drop(IReadOnlyList<string> gone)
    {
        foreach (var gateway in gone)
        {
            if (_lanes.TryRemove(gateway, out var lane))
                lane.Close();
        }
    }

    private sealed class Lane
    {
        private const int MaxBatch = 128;
        private readonly GatewayPublisher _owner;
        private readonly string _gateway;
        private readonly Channel<GatewayEvent> _queue;
        private long _skipped;

        public Lane(GatewayPublisher owner, string gateway)
        {
            (_owner, _gateway) = (owner, gateway);
            _queue = Channel.CreateBounded<GatewayEvent>(
                new BoundedChannelOptions(owner._options.Value.QueuePerGateway) { SingleReader = true }
            );
            _ = Task.Run(PumpAsync);
        }

        public void Offer(GatewayEvent e)
        {
            if (_queue.Writer.TryWrite(e))
                return;
            Interlocked.Increment(ref _skipped);
            _owner._metrics.Dropped(1);
        }

        public void Close() => _queue.Writer.TryComplete();

        private async Task PumpAsync()
        {
            long number = 0;
            var (stream, at) = (StreamOf(0), 0);
            var batch = new List<GatewayItem>(MaxBatch);
            while (await _queue.Reader.WaitToReadAsync())
            {
                number += Interlocked.Exchange(ref _skipped, 0);
                while (batch.Count < MaxBatch && _queue.Reader.TryRead(out var e))
                    batch.Add(new GatewayItem(_owner._source, ++number, e));
                // The numbers go on in the next stream: what is lost in between is a hole like any other.
                if (_owner._gateways.StreamOf(_gateway) is var now && now != at)
                    (stream, at) = (StreamOf(now), now);
                try
                {
                    await stream.OnNextBatchAsync(batch);
                }
                catch (Exception fault)
                {
                    // The numbers tell the gateway what is missing.
                    Log.PublishFailed(_owner._logger, _gateway, fault);
                }
                batch.Clear();
            }
        }

        private IAsyncStream<GatewayItem> StreamOf(int number) =>
            _owner._cluster.GetStreamProvider(ChatStreams.Delivery).GetStream<GatewayItem>(ChatStreams.Gateway(_gateway, number));
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Events for gateway {Gateway} could not be put on its stream; it will see the hole")]
        public static partial void PublishFailed(ILogger logger, string gateway, Exception fault);
    }
}
