using System.Collections.Concurrent;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Delivery;

/// <summary>The grains, as far as delivery calls them: they note each call, and fail while told to.</summary>
internal sealed class FakeCalls : IClusterCalls
{
    public ConcurrentQueue<string> Log { get; } = new();

    public volatile bool Down;

    public Func<string[], Task<Membership[]>> Memberships { get; set; } = _ => Task.FromResult<Membership[]>([]);

    public Func<string, long, int, Outcome<ChatDelivery>> Pull { get; set; } = (_, _, _) => Problem.NotFound;

    public HashSet<string> Sharing { get; } = [];

    public int Silos { get; set; } = 1;

    public Task ConnectAsync(string userId, string connectionId, string sessionId) => Note($"connect {userId} {connectionId}");

    public Task DisconnectAsync(string userId, string connectionId) => Note($"disconnect {userId} {connectionId}");

    public Task AnnounceAsync(string userId, ConnectionInfo[] connections) => Note($"announce {userId} {connections.Length}");

    public async Task<Membership[]> MembershipsAsync(string[] users)
    {
        await Note($"read {string.Join(',', users)}");
        return await Memberships(users);
    }

    public async Task<Outcome<ChatDelivery>> PullAsync(string chatId, long afterRevision, int limit)
    {
        await Note($"pull {chatId} {afterRevision}");
        return Pull(chatId, afterRevision, limit);
    }

    public async Task<string[]> SharingChatAsync(string caller, string[] users)
    {
        await Note("sharing");
        return [.. users.Where(Sharing.Contains)];
    }

    public async Task<UserPresence?> WatchAsync(string userId, string viewer)
    {
        await Note($"watch {userId} for {viewer}");
        return new UserPresence { UserId = userId, Status = "online" };
    }

    public Task UnwatchAsync(string userId) => Note($"unwatch {userId}");

    public Task<string> HistoryIdAsync() => Task.FromResult("history");

    public Task<GatewayList> HeartbeatAsync(int connections, bool draining, int stream) =>
        Task.FromResult(new GatewayList { Gateways = [], Complete = true });

    public Task LeaveAsync() => Note("leave");

    public Task<int> ActiveSilosAsync() => Down ? Task.FromException<int>(new TimeoutException()) : Task.FromResult(Silos);

    private Task Note(string call)
    {
        Log.Enqueue(call);
        return Down ? Task.FromException(new TimeoutException()) : Task.CompletedTask;
    }
}
