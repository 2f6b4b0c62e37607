using System.Collections.Concurrent;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;
using Orleans.Streams;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Plays one gateway instance: its lease, its stream, its users' connections, and the answers to who is here.</summary>
internal sealed class TestGateway(GrainCluster cluster, string id) : IAsyncDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(0.5);
    private readonly ConcurrentDictionary<string, ConcurrentDictionary<string, byte>> _users = new();
    private readonly ConcurrentDictionary<string, ChatFeed> _chats = new();
    private readonly ConcurrentQueue<GatewayEvent> _others = new();
    private readonly CancellationTokenSource _silent = new();
    private StreamSubscriptionHandle<GatewayItem>? _handle;
    private TaskCompletionSource _heard = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _beating = Task.CompletedTask;
    private int _connections;
    private bool _dead;

    public string Id => id;

    /// <summary>Whether questions are answered; those that are not stay open.</summary>
    public bool Answers { get; set; } = true;

    /// <summary>All but the durable events of chats.</summary>
    public IReadOnlyList<GatewayEvent> Others => [.. _others];

    public ChatFeed Chat(string chatId) =>
        _chats.GetOrAdd(chatId, chat => new ChatFeed(after => cluster.Client.Chat(chat).Pull(after, 100)));

    public async Task StartAsync()
    {
        await SubscribeAsync();
        await BeatAsync();
        _beating = KeepBeatingAsync();
        // Every silo asks for the list within a second; a silo that has not routes nothing here.
        foreach (var silo in cluster.Cluster.GetActiveSilos())
        {
            var watch = cluster.Service<GatewayWatch>(silo.SiloAddress);
            await Eventually.HoldsAsync(() => watch.IsLive(id));
        }
    }

    /// <summary>Subscribes again, beside the old subscription, as gateways do when a silo is gone.</summary>
    public async Task SubscribeAsync()
    {
        var stream = cluster.Client.GetStreamProvider(ChatStreams.Delivery).GetStream<GatewayItem>(ChatStreams.Gateway(id, 0));
        var old = _handle;
        _handle = await stream.SubscribeAsync(OnNext);
        if (old is not null)
            await old.UnsubscribeAsync();
    }

    /// <summary>Opens a connection; when it returns, what happens in the user's chats is pushed here.</summary>
    public async Task<string> ConnectAsync(string user)
    {
        var connection = $"c{Interlocked.Increment(ref _connections)}";
        _users.GetOrAdd(user, _ => new())[connection] = 0;
        await cluster.Client.Session(user).Connect(id, connection, "s1");
        return connection;
    }

    public async Task DisconnectAsync(string user, string connection)
    {
        if (_users.TryGetValue(user, out var connections))
            connections.TryRemove(connection, out _);
        await cluster.Client.Session(user).Disconnect(id, connection);
    }

    /// <summary>Tells where a user is without having been asked, as after a change of the cluster.</summary>
    public Task AnnounceAsync(string user) =>
        cluster.Client.Session(user).Announce(id, [.. _users.GetValueOrDefault(user)?.Keys.Select(c => new ConnectionInfo(c, "s1")) ?? []]);

    /// <summary>Dies: nothing is heard of it any more.</summary>
    public async Task FallSilentAsync()
    {
        if (_dead)
            return;
        _dead = true;
        Answers = false;
        await _silent.CancelAsync();
        await _beating;
        _silent.Dispose();
    }

    /// <summary>When it returns, all that any silo had queued for this gateway before the call is here.</summary>
    public async Task SettleAsync()
    {
        foreach (var silo in cluster.Cluster.GetActiveSilos())
        {
            var marker = new UserEvent(Guid.CreateVersion7().ToString(), new Noop());
            await cluster.Service<IGatewayPublisher>(silo.SiloAddress).PublishAsync(id, marker);
            await HearsAsync<UserEvent>(e => e.UserId == marker.UserId);
        }
    }

    /// <summary>The first event, past or to come, of a kind that fits.</summary>
    public async Task<T> HearsAsync<T>(Func<T, bool> fits)
        where T : GatewayEvent
    {
        while (true)
        {
            var heard = Volatile.Read(ref _heard).Task;
            if (_others.OfType<T>().FirstOrDefault(fits) is { } found)
                return found;
            await heard.WaitAsync(Eventually.Patience, TestContext.Current.CancellationToken);
        }
    }

    /// <summary>Stops, and says so.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_dead)
            return;
        await FallSilentAsync();
        await cluster.Client.Gateways().Leave(id);
    }

    private async Task OnNext(IList<SequentialItem<GatewayItem>> items)
    {
        foreach (var item in items)
        {
            switch (item.Item.Event)
            {
                case ChatDelivery delivery:
                    Chat(delivery.ChatId).Push(delivery);
                    break;
                case WhoIsHere question when Answers:
                    // Not awaited here: a session that waits must not hold the stream.
                    foreach (var user in question.UserIds)
                        AnnounceAsync(user).Ignore();
                    break;
            }
            if (item.Item.Event is ChatDelivery)
                continue;
            _others.Enqueue(item.Item.Event);
            Interlocked.Exchange(ref _heard, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).TrySetResult();
        }
        await Task.CompletedTask;
    }

    private Task<GatewayList> BeatAsync() =>
        cluster
            .Client.Gateways()
            .Heartbeat(
                new GatewayStatus
                {
                    GatewayId = id,
                    Connections = _users.Count,
                    Draining = false,
                }
            );

    private async Task KeepBeatingAsync()
    {
        using var timer = new PeriodicTimer(Beat, cluster.Clock);
        try
        {
            while (await timer.WaitForNextTickAsync(_silent.Token))
            {
                try
                {
                    await BeatAsync().WaitAsync(_silent.Token);
                }
                catch (Exception fault) when (fault is TimeoutException or OrleansException)
                {
                    // The silo that has the list is gone; the next beat finds the next.
                }
            }
        }
        catch (OperationCanceledException) when (_silent.IsCancellationRequested)
        {
            // It died.
        }
    }
}
