using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Delivery;

/// <summary>The tables of a gateway, with fakes in place of transports and grains, and the test's clock.</summary>
internal sealed class Rig
{
    public const string Room = "chat";

    private int _connection;

    public Rig(int held = 64)
    {
        Metrics = new DeliveryMetrics(new Meters());
        Connections = new ConnectionTable(Metrics, Time);
        Chats = new ChatTable(Connections, new ChatPusher(Connections, Metrics, Time, NullLogger<ChatPusher>.Instance), Metrics, held)
        {
            PullNeeded = Pulls.Add,
        };
    }

    public SettableTime Time { get; } = new();

    public DeliveryMetrics Metrics { get; }

    public ConnectionTable Connections { get; }

    public ChatTable Chats { get; }

    public List<string> Pulls { get; } = [];

    public Device Connect(string user, params Membership[] memberships)
    {
        var device = Begin(user);
        Finish(device, memberships);
        return device;
    }

    public Device Begin(string user)
    {
        var port = new FakePort();
        var outbound = new Outbound(
            port,
            new OutboundLimits(1_000, 1_000_000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)),
            Time,
            Metrics
        );
        var connection = new LocalConnection($"c{++_connection}", user, "s", Connections.Now + TimeSpan.FromHours(1), outbound);
        Connections.Add(connection);
        return new Device(connection, port);
    }

    public void Finish(Device device, params Membership[] memberships) =>
        Chats.Register(device.Connection, memberships, Push.Control(new SyncRequired(-1)));

    public void Deliver(params DeliveryEntry[] entries) => Chats.Deliver(Delivery(entries));

    public static ChatDelivery Delivery(params DeliveryEntry[] entries) =>
        new()
        {
            ChatId = Room,
            Entries = entries,
            Head = entries[^1].Revision,
        };

    public static Membership In(string user, long revision, long joinedSeq = 0, bool all = false, string chat = Room) =>
        new()
        {
            UserId = user,
            ChatId = chat,
            Revision = revision,
            JoinedSeq = joinedSeq,
            HistoryAll = all,
        };

    public static DeliveryEntry Said(long revision, long seq, params string[] hiddenFrom) =>
        new()
        {
            Revision = revision,
            Event = new ReactionChanged("m", seq, "x", "somebody", Removed: false) { ChatId = Room, Revision = revision },
            MessageSeq = seq,
            HiddenFrom = hiddenFrom.Length == 0 ? null : hiddenFrom,
        };

    public static DeliveryEntry Joined(long revision, string user, long joinedSeq = 0, bool all = false) =>
        new()
        {
            Revision = revision,
            Event = new MemberJoined(Member(user)) { ChatId = Room, Revision = revision },
            JoinedSeq = joinedSeq,
            HistoryAll = all,
        };

    public static DeliveryEntry Left(long revision, string user) =>
        new()
        {
            Revision = revision,
            Event = new MemberLeft(Member(user)) { ChatId = Room, Revision = revision },
        };

    public static DeliveryEntry Created(params string[] members) =>
        new()
        {
            Revision = 1,
            Event = new ChatCreated(View()) { ChatId = Room, Revision = 1 },
            Members = members,
        };

    public static DeliveryEntry Updated(long revision, bool all) =>
        new()
        {
            Revision = revision,
            Event = new ChatUpdated(View()) { ChatId = Room, Revision = revision },
            HistoryAll = all,
        };

    public static DeliveryEntry Deleted(long revision) =>
        new()
        {
            Revision = revision,
            Event = new ChatDeleted(View()) { ChatId = Room, Revision = revision },
        };

    private static Member Member(string user) =>
        new()
        {
            UserId = user,
            Role = Roles.Member,
            JoinedAt = DateTimeOffset.UnixEpoch,
            JoinedSeq = 0,
        };

    private static ChatView View() =>
        new()
        {
            ChatId = Room,
            Type = ChatTypes.Group,
            Settings = new ChatSettings(),
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
            Revision = 1,
            HeadSeq = 0,
            MemberCount = 1,
        };

    internal sealed class Meters : IMeterFactory
    {
        public Meter Create(MeterOptions options) => new(options);

        public void Dispose() { }
    }
}

internal sealed record Device(LocalConnection Connection, FakePort Port)
{
    /// <summary>The durable events it got: the revision, with a dash when it was a noop.</summary>
    public string[] Got => [.. Port.Events.Where(e => e.Revision is not null).Select(e => e.Revision + (e is Noop ? "-" : ""))];

    public string[] Kinds => [.. Port.Events.Skip(1).Select(e => e.GetType().Name)];
}

/// <summary>A client that reads, or does not.</summary>
internal sealed class FakePort : IConnectionPort
{
    private readonly Lock _lock = new();
    private readonly List<Push> _written = [];
    private readonly List<int> _writes = [];
    private TaskCompletionSource? _blocked;

    public int Size { get; set; } = 100;

    public bool Closed { get; private set; }

    public bool Aborted { get; private set; }

    public IReadOnlyList<Push> Written
    {
        get
        {
            lock (_lock)
                return [.. _written];
        }
    }

    /// <summary>How many pushes each write had.</summary>
    public int[] Writes
    {
        get
        {
            lock (_lock)
                return [.. _writes];
        }
    }

    public ChatEvent[] Events => [.. Written.SelectMany(p => p.Events)];

    public void Block() => _blocked = new TaskCompletionSource();

    public void Unblock()
    {
        var blocked = _blocked;
        _blocked = null;
        blocked?.SetResult();
    }

    public int SizeOf(Push push) => Size;

    public ValueTask WriteAsync(Push push) => WriteAsync([push]);

    public ValueTask WriteAsync(Push[] pushes)
    {
        lock (_lock)
        {
            _written.AddRange(pushes);
            _writes.Add(pushes.Length);
        }
        return _blocked is { } blocked ? new ValueTask(blocked.Task) : ValueTask.CompletedTask;
    }

    public void Close() => Closed = true;

    public void Abort() => Aborted = true;
}
