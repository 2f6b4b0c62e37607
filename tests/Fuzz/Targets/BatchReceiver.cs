using System.Diagnostics.Metrics;
using System.Reflection;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.PushStreams;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>A gateway's end of the stream, with one member connected by each protocol; made anew for each batch, so that none depends on another.</summary>
internal sealed class BatchReceiver
{
    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero));
    private readonly DeliveryMetrics _metrics = new(new Meters());
    private readonly IHubProtocol _json = GatewayServices.Protocol("json");
    private readonly IHubProtocol _packed = GatewayServices.Protocol("messagepack");
    private readonly IOptions<DeliveryOptions> _options = Options.Create(new DeliveryOptions());
    private readonly IClusterCalls _calls = DispatchProxy.Create<IClusterCalls, NoCluster>();

    /// <summary>Takes the batch's items in; false when one of them could not be.</summary>
    public bool Receive(PushBatch batch)
    {
        var faults = new Faults();
        var router = Router(faults);
        foreach (var (item, _) in batch.GetEvents<GatewayItem>())
            router.Route(item);
        return faults.Count == 0;
    }

    private ItemRouter Router(Faults faults)
    {
        var connections = new ConnectionTable(_metrics, _time);
        var chats = new ChatTable(
            connections,
            new ChatPusher(connections, _metrics, _time, NullLogger<ChatPusher>.Instance),
            _metrics,
            _options.Value.HeldPerChat
        );
        var watches = new PresenceWatches(connections, _calls, NullLogger<PresenceWatches>.Instance);
        var resync = new Resync(
            connections,
            chats,
            watches,
            new SyncCalls(connections, Random.Shared),
            _calls,
            _options,
            _metrics,
            _time,
            NullLogger<Resync>.Instance
        );
        var announcer = new Announcer(connections, new SessionLanes(), _calls, _options, _time, NullLogger<Announcer>.Instance);
        Connect(connections, chats, "alice", _json);
        Connect(connections, chats, "bob", _packed);
        var sources = new Sources(_time, TimeSpan.FromSeconds(_options.Value.SilenceSeconds));
        return new ItemRouter(sources, chats, connections, watches, announcer, resync, faults);
    }

    private void Connect(ConnectionTable connections, ChatTable chats, string user, IHubProtocol protocol)
    {
        var limits = new OutboundLimits(
            _options.Value.QueueItems,
            _options.Value.QueueBytes,
            TimeSpan.FromSeconds(_options.Value.StallSeconds),
            TimeSpan.FromSeconds(_options.Value.OverflowStallSeconds)
        );
        var outbound = new Outbound(new Port(protocol), limits, _time, _metrics);
        var connection = new LocalConnection($"{user}-1", user, "session-1", connections.Now + TimeSpan.FromHours(1), outbound);
        connections.Add(connection);
        Membership[] memberships =
        [
            new()
            {
                UserId = user,
                ChatId = BatchSeeds.ChatId,
                Revision = 1,
                JoinedSeq = 0,
                HistoryAll = false,
            },
        ];
        chats.Register(connection, memberships, Push.Control(new SyncRequired(0)));
    }

    /// <summary>Makes the frames, as a connection does, and sends them nowhere.</summary>
    private sealed class Port(IHubProtocol protocol) : IConnectionPort
    {
        public int SizeOf(Push push) => push.Frame(protocol).Length;

        public ValueTask WriteAsync(Push push) => push.Frame(protocol).IsEmpty ? throw new FindingException("An empty frame.") : default;

        public void Close() { }

        public void Abort() { }
    }

    private sealed class Faults : ILogger<ItemRouter>
    {
        public int Count { get; private set; }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(
            LogLevel logLevel,
            EventId eventId,
            TState state,
            Exception? exception,
            Func<TState, Exception?, string> formatter
        )
        {
            Count++;
            _ = formatter(state, exception);
        }
    }

    private sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose() { }
    }
}

/// <summary>Grains that nobody calls: what the stream brings is handled here, or by loops that do not run.</summary>
public class NoCluster : DispatchProxy
{
    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        throw new InvalidOperationException($"{targetMethod!.Name} is called while a batch is taken in.");
}
