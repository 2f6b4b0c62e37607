using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/// <summary>Runs <c>Sync</c> from the stored token to the end, and once more from nothing when the history is another one.</summary>
internal sealed class Synchronizer(IHubCalls hub, GapFiller filler, EventPump pump, ChatClientOptions options) : IDisposable
{
    private readonly SemaphoreSlim _gate = new(1, 1);
    private readonly Backoff _backoff = new(options.BackoffBase, options.BackoffCap, options.Random);
    private string? _token;
    private string? _historyId;

    // Chats of an earlier run that had no token: the listing from the beginning does not say which of them are gone, so they are
    // those that it does not name.
    private HashSet<string> _unlisted = [];

    /// <summary>Takes up the place of an earlier run.</summary>
    public void Load(SyncPosition position)
    {
        (_historyId, _token) = (position.HistoryId, position.Token);
        if (_token is null)
            _unlisted = [.. position.Chats.Keys];
    }

    /// <summary>A connection said hello: its history counts from here on.</summary>
    public void Greet(string historyId)
    {
        if (_historyId is not null && _historyId != historyId)
            Forget();
        _historyId = historyId;
    }

    /// <summary>What is held belongs to no history any more.</summary>
    public void Forget()
    {
        _token = null;
        _unlisted = [];
        filler.Drop();
    }

    /// <summary>Gets what changed. The chats that are behind are then filled in the background.</summary>
    /// <exception cref="ChatDisconnectedException">The connection broke; the next one synchronises again.</exception>
    public async Task RunAsync(CancellationToken connection)
    {
        await _gate.WaitAsync(connection);
        try
        {
            while (await PageAsync(connection) is { } page)
            {
                filler.Synced(page);
                _token = page.Next;
                _unlisted.ExceptWith(page.Chats.Select(chat => chat.ChatId));
                if (!page.HasMore)
                    break;
            }
            filler.Gone(_unlisted);
            _unlisted = [];
            pump.Synced(_historyId, _token, filler.Targets());
        }
        finally
        {
            _gate.Release();
        }
    }

    public void Dispose() => _gate.Dispose();

    private async Task<SyncPage> PageAsync(CancellationToken connection)
    {
        for (var failures = 0; ; failures++)
        {
            try
            {
                return await hub.InvokeAsync<SyncPage>("Sync", new SyncRequest { Since = _token }, connection);
            }
            catch (ChatProblemException e) when (e.Code == ProblemCodes.HistoryRewound && _token is not null)
            {
                Forget();
            }
            catch (ChatProblemException e) when (e.IsRetryable || e.Code == ProblemCodes.Internal)
            {
                var wait = e.RetryAfterMs is { } told ? TimeSpan.FromMilliseconds(told) : _backoff.Next(failures);
                await Task.Delay(wait, options.Time, connection);
            }
        }
    }
}
