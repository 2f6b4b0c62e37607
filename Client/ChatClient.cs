using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Client.Http;
using Orleans.Chat.Client.Sync;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

/// <summary>
/// A user's end of the chat server: REST calls, one connection to the hub that is kept up, an outbox that sends each message once, and
/// the events of all chats, each chat's by rising revision, every revision once.
/// </summary>
/// <remarks>
/// All calls throw <see cref="ChatProblemException"/> where the server refuses and <see cref="HttpRequestException"/> where it is not
/// reached; calls of the hub throw <see cref="ChatDisconnectedException"/> in its place. All members may be used from any thread.
/// </remarks>
public sealed partial class ChatClient : IAsyncDisposable
{
    private readonly ChatClientOptions _options;
    private readonly RestCalls _rest;
    private readonly HubLink _link;
    private readonly GapFiller _filler;
    private readonly EventPump _pump;
    private readonly Synchronizer _sync;
    private readonly Outbox _outbox;
    private readonly ILogger _logger;
    private readonly Task _pumping;
    private readonly SemaphoreSlim _starting = new(1, 1);
    private CancellationTokenSource? _end;
    private Task _running = Task.CompletedTask;
    private bool _loaded;
    private bool _disposed;

    /// <summary>A client that does nothing yet.</summary>
    public ChatClient(ChatClientOptions options)
        : this(options, transports: null) { }

    internal ChatClient(ChatClientOptions options, Func<IChatTransport>? transports)
    {
        _options = options;
        _logger = options.Logging?.CreateLogger<ChatClient>() ?? NullLogger<ChatClient>.Instance;
        _rest = new RestCalls(options);
        var tokens = _rest.Tokens;
        _link = new HubLink(transports ?? (() => new SignalRTransport(options, tokens)), tokens, options, _logger)
        {
            OnEvent = Receive,
            OnHello = WelcomeAsync,
            OnState = state => OnConnection?.Invoke(state),
        };
        _pump = new EventPump(options, () => tokens.UserId, _logger) { Handler = next => OnEvent?.Invoke(next) };
        _filler = new GapFiller(_link, _pump, options, () => tokens.UserId, _logger)
        {
            Rewound = ResyncAsync,
            Appeared = chatId => _ = FetchAsync(chatId),
        };
        _sync = new Synchronizer(_link, _filler, _pump, options);
        _outbox = new Outbox(new Sender(this), options, _logger);
        _pumping = _pump.RunAsync();
    }

    /// <summary>
    /// Every event, one after the other: the durable ones of a chat by rising revision, each once; the hints as they come; and what the
    /// client itself has to tell (<see cref="ChatSynced"/>, <see cref="ChatRemoved"/>, <see cref="HistoryDropped"/>). A handler that
    /// takes long holds up the others.
    /// </summary>
    public event Action<ChatEvent>? OnEvent;

    /// <summary>Told of each change of <see cref="State"/>.</summary>
    public event Action<ConnectionState>? OnConnection;

    /// <summary>What the connection is about.</summary>
    public ConnectionState State => _link.State;

    /// <summary>Who is signed in; null before.</summary>
    public string? UserId => _rest.Tokens.UserId;

    /// <summary>What the server said of itself when the connection was made.</summary>
    public HelloEvent? Hello { get; private set; }

    /// <summary>The chats as the events tell them, by id. Empty where <see cref="ChatClientOptions.KeepState"/> is off.</summary>
    public IReadOnlyDictionary<string, ChatState> Chats => _pump.States;

    /// <summary>Whether no chat is known to be behind.</summary>
    public bool IsCaughtUp => _filler.IsWhole;

    /// <summary>Messages that connections broke under again and again; <see cref="Send"/> them again to try once more.</summary>
    public IReadOnlyList<SendMessage> ParkedMessages => _outbox.Parked;

    /// <summary>How many messages wait for their answer.</summary>
    public int UnsentCount => _outbox.Count;

    /// <summary>The events from now on, in the order of <see cref="OnEvent"/>; ends when the client is disposed.</summary>
    public IAsyncEnumerable<ChatEvent> ReadEventsAsync(CancellationToken cancellationToken = default) => _pump.ReadAsync(cancellationToken);

    /// <summary>
    /// Connects, and from then on stays connected until <see cref="DisconnectAsync"/>, however often the connection breaks. Returns when
    /// the first connection said hello.
    /// </summary>
    /// <exception cref="ChatProblemException"><c>unauthenticated</c>: nobody is signed in.</exception>
    public async Task ConnectAsync(CancellationToken cancellationToken = default)
    {
        await _starting.WaitAsync(cancellationToken);
        try
        {
            ObjectDisposedException.ThrowIf(_disposed, this);
            await LoadAsync(cancellationToken);
            if (_running.IsCompleted)
            {
                _end?.Dispose();
                _end = new CancellationTokenSource();
                _running = _link.RunAsync(_end.Token);
            }
        }
        finally
        {
            _starting.Release();
        }
        using var waiting = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var connected = _link.WhenConnectedAsync(waiting.Token);
        if (await Task.WhenAny(connected, _running) == connected)
        {
            await connected;
            return;
        }
        await waiting.CancelAsync();
        throw new ChatProblemException(Problem.Of(ProblemCodes.Unauthenticated, "Nobody is signed in, or the session has ended."));
    }

    /// <summary>Ends the connection. Unsent messages wait for the next <see cref="ConnectAsync"/>.</summary>
    public async Task DisconnectAsync()
    {
        await _starting.WaitAsync(CancellationToken.None);
        try
        {
            if (_end is { } end)
                await end.CancelAsync();
            await _running;
        }
        finally
        {
            _starting.Release();
        }
    }

    /// <summary>Asks for what changed since the last time. Not needed as a rule: every new connection does.</summary>
    public Task SyncAsync(CancellationToken cancellationToken = default) => _sync.RunAsync(cancellationToken);

    /// <summary>Ends the connection, hands out the events that have come, saves the place.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_disposed)
            return;
        await DisconnectAsync();
        _disposed = true;
        _outbox.Dispose();
        _pump.Complete();
        await _pumping;
        _filler.Dispose();
        _sync.Dispose();
        await _rest.DisposeAsync();
        _starting.Dispose();
        _end?.Dispose();
    }

    private async Task LoadAsync(CancellationToken cancellationToken)
    {
        if (_loaded)
            return;
        if (_options.SyncStore is { } places && await places.LoadAsync(cancellationToken) is { } position)
        {
            _filler.Load(position.Chats);
            _pump.Load(position);
            _sync.Load(position);
        }
        if (_options.OutboxStore is { } unsent)
        {
            foreach (var message in await unsent.LoadAsync(cancellationToken))
                _ = _outbox.Add(message, stored: true);
        }
        _loaded = true;
    }

    private void Receive(ChatEvent next)
    {
        if (next is HelloEvent hello)
        {
            Hello = hello;
            _sync.Greet(hello.HistoryId);
        }
        if (next.ChatId is not null && next is GapEvent or { Revision: not null })
            _filler.Push(next);
        else
            _pump.Deliver(next);
        if (next is SyncRequired required)
            _ = SyncLaterAsync(TimeSpan.FromMilliseconds(required.AfterMs));
    }

    private async Task WelcomeAsync(HelloEvent hello, CancellationToken connection)
    {
        await RewatchAsync(connection);
        try
        {
            await _sync.RunAsync(connection);
        }
        finally
        {
            _filler.Resume(connection);
        }
    }

    private Task ResyncAsync()
    {
        _sync.Forget();
        return SyncLaterAsync(TimeSpan.Zero);
    }

    private async Task SyncLaterAsync(TimeSpan after)
    {
        try
        {
            await Task.Delay(after, _options.Time, _end?.Token ?? CancellationToken.None);
            await _sync.RunAsync(_end?.Token ?? CancellationToken.None);
        }
        catch (Exception e) when (e is OperationCanceledException or ChatDisconnectedException or ObjectDisposedException)
        {
            // The next connection synchronises.
        }
        catch (Exception e)
        {
            Log.SyncFailed(_logger, e);
        }
    }

    // A chat came into sight by an event: events have nobody's own fields, so it is asked for.
    private async Task FetchAsync(string chatId)
    {
        try
        {
            await Task.Yield();
            _filler.Told(await GetChatAsync(chatId, CancellationToken.None));
        }
        catch (Exception e)
        {
            // The next sync tells of it.
            Log.NotFetched(_logger, chatId, e.Message);
        }
    }

    private sealed class Sender(ChatClient client) : IMessageSender
    {
        public bool IsConnected => client.State == ConnectionState.Connected;

        public Task WhenConnectedAsync(CancellationToken cancellationToken) => client._link.WhenConnectedAsync(cancellationToken);

        public Task<SentMessage> SendAsync(SendMessage message, CancellationToken cancellationToken) =>
            client._link.InvokeAsync<SentMessage>("SendMessage", message, cancellationToken);

        public Task<SentMessage> SendOverRestAsync(SendMessage message, CancellationToken cancellationToken) =>
            client._rest.CallAsync<SentMessage>(HttpMethod.Post, "messages", message, cancellationToken);
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Synchronising failed")]
        public static partial void SyncFailed(ILogger logger, Exception exception);

        [LoggerMessage(2, LogLevel.Information, "Chat {Chat} was not fetched: {Reason}")]
        public static partial void NotFetched(ILogger logger, string chat, string reason);
    }
}
