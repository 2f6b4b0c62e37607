using System.Collections.Concurrent;
using System.Text.Json;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests;

/// <summary>
/// The hub's side of the contract, in memory: chats as logs of durable events, <c>Sync</c>, <c>GetChanges</c>, and whatever pushes,
/// refusals and breaks a test asks for.
/// </summary>
internal sealed class FakeServer
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, List<ChatEvent>> _chats = [];

    public string HistoryId { get; set; } = "h1";

    public int PageSize { get; set; } = 7;

    /// <summary>The connections so far.</summary>
    public ConcurrentQueue<FakeTransport> Connections { get; } = new();

    /// <summary>Each call so far: method and argument.</summary>
    public ConcurrentQueue<(string Method, object? Argument)> Calls { get; } = new();

    /// <summary>Refuses a call.</summary>
    public Func<string, object?, Exception?> Refuse { get; set; } = (_, _) => null;

    /// <summary>Refuses a connection.</summary>
    public Func<int, Exception?> RefuseStart { get; set; } = _ => null;

    /// <summary>Whether new connections are greeted.</summary>
    public bool Greets { get; set; } = true;

    public FakeTransport Last => Connections.Last();

    public FakeTransport Make()
    {
        var transport = new FakeTransport(this);
        Connections.Enqueue(transport);
        return transport;
    }

    /// <summary>A message is committed; nothing is pushed.</summary>
    public ChatEvent Commit(string chatId)
    {
        lock (_lock)
        {
            if (!_chats.TryGetValue(chatId, out var log))
                _chats[chatId] = log = [];
            var created = TestData.Created(chatId, log.Count + 1, log.Count + 1);
            log.Add(created);
            return created;
        }
    }

    /// <summary>A restored backup: another history, with less in it.</summary>
    public void Restore(string historyId)
    {
        lock (_lock)
        {
            HistoryId = historyId;
            _chats.Clear();
        }
    }

    public object? Answer(string method, object? argument)
    {
        Calls.Enqueue((method, argument));
        if (Refuse(method, argument) is { } refusal)
            throw refusal;
        lock (_lock)
        {
            return (method, argument) switch
            {
                ("Sync", SyncRequest sync) => Sync(sync),
                ("GetChanges", GetChanges ask) => Changes(ask),
                ("SendMessage", SendMessage send) => Send(send),
                ("Reauthenticate", Reauthenticate) => new Reauthenticated { ExpiresIn = 600 },
                _ => null,
            };
        }
    }

    private SentMessage Send(SendMessage send)
    {
        var created = (MessageCreated)Commit(send.ChatId!);
        return TestData.Sent(send, created.Message.Seq);
    }

    // The token is how much there was of everything: enough for a server that forgets nothing.
    private SyncPage Sync(SyncRequest request)
    {
        var since = request.Since is null ? 0 : long.Parse(request.Since, System.Globalization.CultureInfo.InvariantCulture);
        var total = _chats.Values.Sum(log => (long)log.Count);
        if (since > total)
            throw TestData.Refusal(ProblemCodes.HistoryRewound);
        return new SyncPage
        {
            Chats = [.. _chats.Where(_ => total > since).Select(chat => TestData.Chat(chat.Key, chat.Value.Count))],
            RemovedChatIds = [],
            Hidden = [],
            Next = total.ToString(System.Globalization.CultureInfo.InvariantCulture),
            HasMore = false,
        };
    }

    private JsonElement Changes(GetChanges ask)
    {
        if (!_chats.TryGetValue(ask.ChatId!, out var log))
            throw TestData.Refusal(ProblemCodes.NotFound);
        var after = (int)ask.AfterRevision!.Value;
        if (after > log.Count)
            throw TestData.Refusal(ProblemCodes.HistoryRewound);
        ChatEvent[] changes = [.. log.Skip(after).Take(PageSize)];
        var page = new ChangesPage
        {
            Changes = changes,
            Revision = after + changes.Length,
            HasMore = after + changes.Length < log.Count,
        };
        return JsonSerializer.SerializeToElement(page, ProtocolJson.Options);
    }
}

/// <summary>One connection to a <see cref="FakeServer"/>.</summary>
internal sealed class FakeTransport(FakeServer server) : IChatTransport
{
    private readonly TaskCompletionSource _closed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Lock _lock = new();
    private Action<JsonElement> _onEvents = _ => { };

    public Task Closed => _closed.Task;

    public async Task StartAsync(Action<JsonElement> onEvents, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (server.RefuseStart(server.Connections.Count) is { } refusal)
            throw refusal;
        _onEvents = onEvents;
        if (server.Greets)
            Push(new HelloEvent(DateTimeOffset.UnixEpoch, "s", null!, [], server.HistoryId));
    }

    /// <summary>Pushes one array of events.</summary>
    public void Push(params ChatEvent[] events) => Push(JsonSerializer.SerializeToElement(events, ProtocolJson.Options));

    public void Push(JsonElement events)
    {
        lock (_lock)
            _onEvents(events);
    }

    /// <summary>The connection breaks.</summary>
    public void Break() => _closed.TrySetResult();

    public async Task<T> InvokeAsync<T>(string method, object? argument, CancellationToken cancellationToken)
    {
        await Task.Yield();
        if (_closed.Task.IsCompleted)
            throw new ChatDisconnectedException("broken", inFlight: false);
        var answer = server.Answer(method, argument);
        return _closed.Task.IsCompleted ? throw new ChatDisconnectedException("broken", inFlight: true) : (T)answer!;
    }

    public async Task SendAsync(string method, object? argument, CancellationToken cancellationToken) =>
        await InvokeAsync<object?>(method, argument, cancellationToken);

    public ValueTask DisposeAsync()
    {
        Break();
        return ValueTask.CompletedTask;
    }
}
