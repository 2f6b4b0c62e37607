using System.Text.Json.Nodes;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.Load.Population;

/// <summary>The connected users. A hub forgets who says nothing for 30 s, so they ping, as often as SignalR's own clients.</summary>
internal sealed class Crowd : IDisposable
{
    private const int PingSeconds = 15;
    private readonly HubSocket?[] _sockets;
    private readonly CancellationTokenSource _closed = new();

    private Crowd(HubSocket?[] sockets) => _sockets = sockets;

    public HubSocket this[int user] => _sockets[user] ?? throw new InvalidOperationException($"User {user} is not connected.");

    public int Count => _sockets.Count(s => s is not null);

    /// <summary>How many connections the server has ended.</summary>
    public int Ended => _sockets.Count(s => s?.Ended.IsCompleted == true);

    /// <summary>Connects these users, some at a time, and waits until each is greeted.</summary>
    public static async Task<Crowd> ConnectAsync(
        LoadUser[] users,
        LoadSettings settings,
        Recorder recorder,
        Func<int, bool> sends,
        int parallel = 64,
        Action? connected = null,
        CancellationToken cancellationToken = default
    )
    {
        var sockets = new HubSocket?[users.Length == 0 ? 0 : users.Max(u => u.Number) + 1];
        var framing = settings.Framing;
        await Parallel.ForEachAsync(
            users,
            new ParallelOptions { MaxDegreeOfParallelism = parallel, CancellationToken = cancellationToken },
            async (user, token) =>
            {
                var socket = await HubSocket.ConnectAsync(
                    user.Server,
                    user.Token,
                    framing,
                    user.Number,
                    recorder,
                    sends(user.Number),
                    token
                );
                sockets[user.Number] = socket;
                if (!settings.Bare)
                    await socket.Ready.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, token);
                connected?.Invoke();
            }
        );
        var crowd = new Crowd(sockets);
        _ = crowd.PingAsync();
        return crowd;
    }

    /// <summary>Of the bare hub: everybody enters its chats.</summary>
    public Task JoinAsync(IEnumerable<LoadChat> chats, bool direct) =>
        Parallel.ForEachAsync(
            chats.SelectMany(c => c.Members.Select(m => (c.Id, Member: m))).GroupBy(j => j.Member),
            _closed.Token,
            async (joins, _) =>
            {
                foreach (var (chat, member) in joins)
                {
                    var refusal = await this[member].CallAsync("Join", new JsonObject { ["chat_id"] = chat, ["direct"] = direct });
                    if (refusal.Length > 0)
                        throw new InvalidOperationException(refusal);
                }
            }
        );

    public void Dispose()
    {
        _closed.Cancel();
        foreach (var socket in _sockets)
            socket?.Dispose();
    }

    private async Task PingAsync()
    {
        const int Steps = 20;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds((double)PingSeconds / Steps));
        try
        {
            for (var step = 0; await timer.WaitForNextTickAsync(_closed.Token); step = (step + 1) % Steps)
            {
                for (var i = step; i < _sockets.Length; i += Steps)
                    _sockets[i]?.Ping();
            }
        }
        catch (OperationCanceledException)
        {
            // The load is over.
        }
    }
}
