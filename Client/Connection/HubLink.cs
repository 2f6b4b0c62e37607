using System.Text.Json;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Client.Accounts;
using Orleans.Chat.Client.Sync;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Connection;

/* Keeps one connection at a time, for ever: connects, waits for hello, lives until it breaks or the server wants it to go, waits a
 * jittered while, or as long as the server said, connects again. Only the end of the session, or of the client, ends the loop.
 *
 * The count of failures is forgotten when a connection has lived a while, not when it was made: a server that takes connections and
 * dies of them would otherwise be met without any wait. */
internal sealed partial class HubLink(Func<IChatTransport> make, AccessTokens tokens, ChatClientOptions options, ILogger logger) : IHubCalls
{
    private static readonly TimeSpan Stable = TimeSpan.FromSeconds(10);

    // A provider whose tokens are old when they come is not asked in a tight loop.
    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);

    private readonly Lock _lock = new();
    private readonly Backoff _backoff = new(options.BackoffBase, options.BackoffCap, options.Random);
    private IChatTransport? _current;
    private TaskCompletionSource _connected = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Gets every event of a connection, one after the other.</summary>
    public Action<ChatEvent>? OnEvent { get; set; }

    /// <summary>Works on a connection that said hello, until the token ends.</summary>
    public Func<HelloEvent, CancellationToken, Task>? OnHello { get; set; }

    /// <summary>Told of each change of <see cref="State"/>.</summary>
    public Action<ConnectionState>? OnState { get; set; }

    /// <summary>What the link is about.</summary>
    public ConnectionState State { get; private set; } = ConnectionState.Disconnected;

    /// <summary>Ends when there is a connection that said hello.</summary>
    public Task WhenConnectedAsync(CancellationToken cancellationToken)
    {
        lock (_lock)
            return _connected.Task.WaitAsync(cancellationToken);
    }

    public Task<T> InvokeAsync<T>(string method, object? argument, CancellationToken cancellationToken) =>
        Current.InvokeAsync<T>(method, argument, cancellationToken);

    public Task SendAsync(string method, object? argument, CancellationToken cancellationToken) =>
        Current.SendAsync(method, argument, cancellationToken);

    /// <summary>Connects and reconnects until the token ends or the session did.</summary>
    public async Task RunAsync(CancellationToken end)
    {
        var failures = 0;
        while (!end.IsCancellationRequested)
        {
            var began = options.Time.GetTimestamp();
            var life = new Connection(this);
            var told = TimeSpan.Zero;
            try
            {
                await LiveAsync(life, end);
            }
            catch (OperationCanceledException) when (end.IsCancellationRequested)
            {
                break;
            }
            catch (ChatProblemException e) when (e.Code == ProblemCodes.Unauthenticated && !life.Refused)
            {
                // Nobody is signed in and nothing signs in: trying again would change nothing.
                life.Revoked = true;
            }
            catch (Exception e)
            {
                if (e is ChatProblemException { RetryAfterMs: { } wait })
                    told = TimeSpan.FromMilliseconds(wait);
                Log.Broken(logger, e.Message);
            }
            if (life.Revoked)
            {
                Become(ConnectionState.SignedOut, null);
                return;
            }
            failures = life.Greeted && options.Time.GetElapsedTime(began) >= Stable ? 0 : failures + 1;
            Become(ConnectionState.Waiting, null);
            var pause = _backoff.Next(Math.Max(0, failures - 1));
            // A server that has too much to do knows best when to come back.
            if (!await WaitAsync(pause > told ? pause : told, end))
                break;
        }
        Become(ConnectionState.Disconnected, null);
    }

    private ILogger Logger => logger;

    private bool SignsInAlone => options.Credentials is not null;

    private IChatTransport Current => _current ?? throw new ChatDisconnectedException("There is no connection.", inFlight: false);

    private async Task LiveAsync(Connection life, CancellationToken end)
    {
        Become(ConnectionState.Connecting, null);
        var token = await tokens.GetAsync(end);
        await using var transport = make();
        using var late = new CancellationTokenSource(options.HelloTimeout, options.Time);
        using var starting = CancellationTokenSource.CreateLinkedTokenSource(end, late.Token);
        try
        {
            await transport.StartAsync(life.Receive, starting.Token);
        }
        catch (ChatProblemException e) when (e.Code == ProblemCodes.Unauthenticated)
        {
            // Where there is no other token this throws, and the session is over; with one, the next attempt shows it.
            await tokens.GetAsync(end, refused: token);
            life.Refused = true;
            throw;
        }
        using var over = CancellationTokenSource.CreateLinkedTokenSource(end);
        var works = Task.CompletedTask;
        try
        {
            var first = await Task.WhenAny(life.Hello.Task, transport.Closed, life.Leave.Task).WaitAsync(starting.Token);
            if (first != life.Hello.Task)
                return;
            life.Greeted = true;
            Become(ConnectionState.Connected, transport);
            works = WorkAsync(life, transport, over.Token);
            await Task.WhenAny(transport.Closed, life.Leave.Task).WaitAsync(end);
        }
        finally
        {
            lock (_lock)
                _current = null;
            await over.CancelAsync();
            await works;
        }
    }

    private async Task WorkAsync(Connection life, IChatTransport transport, CancellationToken over)
    {
        var renewing = RenewAsync(transport, over);
        try
        {
            if (OnHello is { } work)
                await work(await life.Hello.Task, over);
        }
        catch (Exception e) when (e is OperationCanceledException or ChatDisconnectedException)
        {
            // The connection ended; the next one begins anew.
        }
        catch (Exception e)
        {
            // A connection that was not synchronised would stand for one that was.
            Log.WorkFailed(logger, e);
            life.Leave.TrySetResult();
        }
        await renewing;
    }

    // Shows a fresh token before the one that the connection was opened with expires.
    private async Task RenewAsync(IChatTransport transport, CancellationToken over)
    {
        for (var failures = 0; ; )
        {
            var wait = tokens.RenewAt - options.Time.GetUtcNow();
            if (failures > 0 && wait < _backoff.Bound(failures))
                wait = _backoff.Bound(failures);
            if (!await WaitAsync(wait > Shortest ? wait : Shortest, over))
                return;
            try
            {
                var fresh = new Reauthenticate { AccessToken = await tokens.GetAsync(over) };
                await transport.InvokeAsync<Reauthenticated>("Reauthenticate", fresh, over);
                failures = 0;
            }
            catch (Exception e)
            {
                // The server closes the connection in its time, and the next one gets a token or learns that there is none.
                failures++;
                Log.NotRenewed(logger, e.Message);
            }
        }
    }

    private async Task<bool> WaitAsync(TimeSpan wait, CancellationToken end)
    {
        try
        {
            // A timer takes no more than 49 days.
            await Task.Delay(wait < TimeSpan.FromDays(1) ? wait : TimeSpan.FromDays(1), options.Time, end);
            return true;
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }

    private void Become(ConnectionState state, IChatTransport? transport)
    {
        lock (_lock)
        {
            (State, _current) = (state, transport);
            if (transport is not null)
                _connected.TrySetResult();
            else if (_connected.Task.IsCompleted)
                _connected = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        try
        {
            OnState?.Invoke(state);
        }
        catch (Exception e)
        {
            // The application's fault must not end the loop that keeps it connected.
            Log.StateHandlerFailed(logger, state, e);
        }
    }

    // One connection's life, as its events tell it.
    private sealed class Connection(HubLink link)
    {
        public TaskCompletionSource<HelloEvent> Hello { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public TaskCompletionSource Leave { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public bool Greeted { get; set; }

        public bool Refused { get; set; }

        public bool Revoked { get; set; }

        public void Receive(JsonElement events)
        {
            foreach (var next in EventReader.ReadAll(events))
            {
                try
                {
                    Receive(next);
                }
                catch (Exception e)
                {
                    Log.EventFailed(link.Logger, next.GetType().Name, e);
                }
            }
        }

        private void Receive(ChatEvent next)
        {
            switch (next)
            {
                case HelloEvent hello:
                    link.OnEvent?.Invoke(hello);
                    Hello.TrySetResult(hello);
                    break;
                case SessionRevoked:
                    // Who holds a password begins another session at the next attempt; anybody else has to sign in.
                    Revoked = !link.SignsInAlone;
                    link.OnEvent?.Invoke(next);
                    Leave.TrySetResult();
                    break;
                case ServerDraining draining:
                    link.OnEvent?.Invoke(next);
                    _ = LeaveAsync(draining.AfterMs);
                    break;
                default:
                    link.OnEvent?.Invoke(next);
                    break;
            }
        }

        private async Task LeaveAsync(long afterMs)
        {
            await link.WaitAsync(TimeSpan.FromMilliseconds(afterMs), CancellationToken.None);
            Leave.TrySetResult();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "The connection is broken: {Reason}")]
        public static partial void Broken(ILogger logger, string reason);

        [LoggerMessage(2, LogLevel.Error, "Work on a new connection failed")]
        public static partial void WorkFailed(ILogger logger, Exception exception);

        [LoggerMessage(3, LogLevel.Warning, "The connection was not given a fresh token: {Reason}")]
        public static partial void NotRenewed(ILogger logger, string reason);

        [LoggerMessage(4, LogLevel.Error, "Event {Event} was not taken in")]
        public static partial void EventFailed(ILogger logger, string @event, Exception exception);

        [LoggerMessage(5, LogLevel.Error, "A handler of the connection's state {State} threw")]
        public static partial void StateHandlerFailed(ILogger logger, ConnectionState state, Exception exception);
    }
}
