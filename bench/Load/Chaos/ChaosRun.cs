using System.Globalization;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Population;

namespace Orleans.Chat.Load.Chaos;

/// <summary>Something that is done to the servers while they are used.</summary>
/// <param name="Name">As the history has it.</param>
/// <param name="BeginAsync">Does it; returns when it is done, and for what ends by itself when that is over.</param>
/// <param name="HealAsync">Ends it; null where <paramref name="BeginAsync"/> did.</param>
internal sealed record Fault(string Name, Func<CancellationToken, Task> BeginAsync, Func<CancellationToken, Task>? HealAsync = null);

/* The load is offered at its rate whatever becomes of it. At the end all sends are waited for, then all devices, and then one reader writes down what there
 * is: the checker decides with that. */

/// <summary>Load, faults and a history of both.</summary>
internal sealed class ChaosRun(IReadOnlyList<Uri> servers, ChaosSettings settings, History history, Action<string> tell) : IAsyncDisposable
{
    private static readonly TimeSpan ReadyTimeout = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan MarkPeriod = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan MovePeriod = TimeSpan.FromSeconds(4);
    private readonly CancellationTokenSource _stop = new();
    private readonly List<Device> _devices = [];
    private readonly Random _random = new(1);
    private IReadOnlyDictionary<(string Role, int Pid), long> _memory = new Dictionary<(string, int), long>();
    private LoadChat[] _chats = [];

    private Device Keeper => _devices[0];

    /// <summary>Messages that were not even tried, for too many waited before them.</summary>
    public long NotOffered { get; private set; }

    /// <summary>The tries of sends that did not work.</summary>
    public Refusals Refusals { get; } = new();

    /// <summary>The processes whose memory is compared; null where none is known.</summary>
    public ClusterProcesses? Cluster { get; init; }

    /// <summary>What those held that lived from before the first fault to the end, when all is quiet.</summary>
    public IReadOnlyList<MemoryUse> Memory { get; private set; } = [];

    public async Task RunAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        await PopulateAsync(cancellationToken);
        var lanes = _chats
            .SelectMany(c =>
                c.Members.Skip(1).Select(m => new Lane(_devices[m], c.Id, history, Refusals, settings, new Random(_random.Next())))
            )
            .ToArray();
        var sending = lanes.Select(l => l.RunAsync(cancellationToken)).ToArray();
        using var load = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, _stop.Token);
        Task[] background = [OfferAsync(lanes, load.Token), MarkAsync(load.Token), MoveAsync(load.Token)];
        await WithFaultsAsync(faults, cancellationToken);
        await load.CancelAsync();
        foreach (var task in background)
            await task;
        Array.ForEach(lanes, l => l.Complete());
        tell("waiting for what is on its way");
        await Task.WhenAll(sending);
        await SettleAsync(cancellationToken);
        await ReadEndAsync(cancellationToken);
        if (Cluster is { } cluster)
            Memory = ResidentMemory.Compare(_memory, ResidentMemory.Of(cluster));
        history.Flush();
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        foreach (var device in _devices)
            await device.DisposeAsync();
        _stop.Dispose();
    }

    private async Task PopulateAsync(CancellationToken cancellationToken)
    {
        using var server = new ChatServer(servers);
        var users = await server.UsersAsync(settings.Users + 1, cancellationToken);
        _chats = new LoadChat[settings.Chats];
        for (var i = 0; i < _chats.Length; i++)
        {
            var members = _random.GetItems(users[1..], settings.Users * 4).DistinctBy(u => u.Number).Take(settings.Members);
            _chats[i] = await server.ChatAsync(direct: false, [users[0], .. members], cancellationToken);
        }
        foreach (var user in users)
            _devices.Add(new Device(servers, user, history, tellsMembers: user.Number == users[0].Number));
        await Task.WhenAll(_devices.Select(d => d.Ready)).WaitAsync(ReadyTimeout, TimeProvider.System, cancellationToken);
        tell(string.Create(CultureInfo.InvariantCulture, $"{users.Length} devices follow {_chats.Length} chats"));
    }

    private async Task WithFaultsAsync(IReadOnlyList<Fault> faults, CancellationToken cancellationToken)
    {
        foreach (var fault in faults)
        {
            await WaitAsync(settings.Before, cancellationToken);
            if (_memory.Count == 0 && Cluster is { } cluster)
                _memory = ResidentMemory.Of(cluster);
            tell($"{fault.Name} begins");
            history.Write(FaultLine(fault, "begin"));
            try
            {
                await fault.BeginAsync(cancellationToken);
                if (fault.HealAsync is not null)
                    await WaitAsync(settings.During, cancellationToken);
            }
            finally
            {
                // Also when the run is broken off: what is paused or cut would stay so.
                if (fault.HealAsync is { } heal)
                    await heal(CancellationToken.None);
            }
            history.Write(FaultLine(fault, "end"));
            tell($"{fault.Name} is over");
        }
        await WaitAsync(settings.After, cancellationToken);
    }

    private async Task OfferAsync(Lane[] lanes, CancellationToken cancellationToken)
    {
        var begun = History.Now();
        var offered = 0L;
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        while (await TickAsync(timer, cancellationToken))
        {
            for (var due = (long)((History.Now() - begun) / 1e9 * settings.Rate); offered < due; offered++)
            {
                if (!lanes[_random.Next(lanes.Length)].Offer(string.Create(CultureInfo.InvariantCulture, $"message {offered} of this run")))
                    NotOffered++;
            }
        }
    }

    private async Task MarkAsync(CancellationToken cancellationToken)
    {
        using var timer = new PeriodicTimer(MarkPeriod, TimeProvider.System);
        while (await TickAsync(timer, cancellationToken))
            await Task.WhenAll(_devices.Select(d => d.AcknowledgeAsync(CancellationToken.None)));
    }

    /// <summary>Somebody is removed from a chat, and some time later it is in it again.</summary>
    private async Task MoveAsync(CancellationToken cancellationToken)
    {
        var random = new Random(2);
        using var timer = new PeriodicTimer(MovePeriod, TimeProvider.System);
        while (await TickAsync(timer, cancellationToken))
        {
            var chat = _chats[random.Next(_chats.Length)];
            var path = $"chats/{chat.Id}/members/{_devices[chat.Members[1 + random.Next(chat.Members.Length - 1)]].User.Id}";
            await Keeper.Api.CallAsync(HttpMethod.Delete, path, body: null, CancellationToken.None);
            await TickAsync(timer, cancellationToken);
            await Keeper.Api.CallAsync(HttpMethod.Put, path, new JsonObject(), CancellationToken.None);
        }
    }

    /// <summary>Until every device is where its chats are, or no longer.</summary>
    private async Task SettleAsync(CancellationToken cancellationToken)
    {
        var until = History.Now() + (long)(settings.Settle * 1e9);
        var heads = new Dictionary<string, long>(StringComparer.Ordinal);
        foreach (var chat in _chats)
            heads[chat.Id] = (await ChatAsync(chat, cancellationToken)).GetProperty("revision").GetInt64();
        bool IsBehind(Device device) => !device.Ready.IsCompleted || device.Followed.Places.Any(p => p.Value.Revision < heads[p.Key]);
        while (_devices.Exists(IsBehind) && History.Now() < until)
            await WaitAsync(0.1, cancellationToken);
        tell(string.Create(CultureInfo.InvariantCulture, $"{_devices.Count(IsBehind)} devices are behind"));
        foreach (var device in _devices)
        {
            if (device.Following.IsFaulted)
                await device.Following;
            foreach (var (chat, place) in device.Followed.Places)
                history.Write(
                    new HistoryLine
                    {
                        Type = "at_end",
                        Client = device.Name,
                        ChatId = chat,
                        Revision = place.Revision,
                    }
                );
        }
    }

    private async Task ReadEndAsync(CancellationToken cancellationToken)
    {
        foreach (var chat in _chats)
        {
            string? before = null;
            for (var more = true; more; )
            {
                var path = $"chats/{chat.Id}/messages?limit=200" + (before is null ? "" : $"&before={before}");
                var page = (await Keeper.Api.CallAsync(HttpMethod.Get, path, body: null, cancellationToken)).Body;
                var messages = page.GetProperty("messages");
                foreach (var message in messages.EnumerateArray())
                {
                    history.Write(
                        new HistoryLine
                        {
                            Type = "final",
                            Client = Keeper.Name,
                            ChatId = chat.Id,
                            Seq = message.GetProperty("seq").GetInt64(),
                            Revision = message.GetProperty("revision").GetInt64(),
                            MessageId = message.GetProperty("message_id").GetString(),
                            SenderId = message.GetProperty("sender_id").GetString(),
                            Hash = Messages.HashOf(message),
                            Deleted = Messages.IsDeleted(message),
                            System = Messages.IsSystem(message),
                        }
                    );
                }
                more = page.GetProperty("has_more").GetBoolean() && messages.GetArrayLength() > 0;
                before = more ? messages[0].GetProperty("message_id").GetString() : null;
            }
            var head = await ChatAsync(chat, cancellationToken);
            history.Write(
                new HistoryLine
                {
                    Type = "head",
                    Client = Keeper.Name,
                    ChatId = chat.Id,
                    Seq = head.GetProperty("head_seq").GetInt64(),
                    Revision = head.GetProperty("revision").GetInt64(),
                }
            );
        }
    }

    private async Task<System.Text.Json.JsonElement> ChatAsync(LoadChat chat, CancellationToken cancellationToken) =>
        (await Keeper.Api.CallAsync(HttpMethod.Get, $"chats/{chat.Id}", body: null, cancellationToken)).Body;

    private static Task WaitAsync(double seconds, CancellationToken cancellationToken) =>
        Task.Delay(TimeSpan.FromSeconds(seconds), TimeProvider.System, cancellationToken);

    private static async Task<bool> TickAsync(PeriodicTimer timer, CancellationToken cancellationToken)
    {
        try
        {
            return await timer.WaitForNextTickAsync(cancellationToken);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private static HistoryLine FaultLine(Fault fault, string state) =>
        new()
        {
            Type = "fault",
            Client = "faults",
            Name = fault.Name,
            State = state,
        };
}
