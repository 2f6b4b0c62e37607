using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/// <summary>Where events go, in the order in which the application is to see them.</summary>
internal interface IEventSink
{
    /// <summary>An event for the application.</summary>
    void Deliver(ChatEvent next);

    /// <summary>A chat begins here: all before is not delivered as events.</summary>
    void Seed(string chatId, long revision);
}

/* One loop hands events out, so handlers run one after the other and a chat's order is kept. The place that is saved counts what the
 * handlers were done with, not what came over the wire: an application that dies in a handler gets that event again. */
internal sealed partial class EventPump(ChatClientOptions options, Func<string?> me, ILogger logger) : IEventSink
{
    private static readonly TimeSpan SaveEvery = TimeSpan.FromSeconds(1);

    private readonly Channel<object> _queue = Channel.CreateUnbounded<object>(new UnboundedChannelOptions { SingleReader = true });
    private readonly ConcurrentDictionary<string, ChatState> _states = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<Channel<ChatEvent>, bool> _readers = new();
    private readonly Dictionary<string, ChatPosition> _done = new(StringComparer.Ordinal);
    private (string? HistoryId, string? Token) _synced;
    private long _saved;

    /// <summary>The application's handler.</summary>
    public Action<ChatEvent>? Handler { get; set; }

    /// <summary>The chats as the events tell them.</summary>
    public IReadOnlyDictionary<string, ChatState> States => _states;

    public void Deliver(ChatEvent next) => _queue.Writer.TryWrite(next);

    public void Seed(string chatId, long revision) => _queue.Writer.TryWrite(new SeedPoint(chatId, revision));

    /// <summary>All before it in the queue belongs to a whole sync: the place may be saved with its token.</summary>
    public void Synced(string? historyId, string? token, IReadOnlyDictionary<string, long> targets) =>
        _queue.Writer.TryWrite(new SyncPoint(historyId, token, targets));

    /// <summary>Takes up the place of an earlier run.</summary>
    public void Load(SyncPosition position)
    {
        _synced = (position.HistoryId, position.Token);
        foreach (var (chatId, at) in position.Chats)
            _done[chatId] = at;
    }

    /// <summary>Hands events out until <see cref="Complete"/>.</summary>
    public async Task RunAsync()
    {
        await foreach (var item in _queue.Reader.ReadAllAsync())
        {
            if (item is ChatEvent next)
                HandOut(next);
            else
                await MarkAsync(item);
            if (!_queue.Reader.TryPeek(out _) && options.Time.GetElapsedTime(_saved) > SaveEvery)
                await SaveAsync();
        }
        await SaveAsync();
        foreach (var reader in _readers.Keys)
            reader.Writer.TryComplete();
    }

    /// <summary>Nothing more comes.</summary>
    public void Complete() => _queue.Writer.TryComplete();

    /// <summary>All events from now on.</summary>
    public IAsyncEnumerable<ChatEvent> ReadAsync(CancellationToken cancellationToken)
    {
        var reader = Channel.CreateUnbounded<ChatEvent>();
        _readers[reader] = true;
        return ReadAllAsync(reader, cancellationToken);
    }

    private async IAsyncEnumerable<ChatEvent> ReadAllAsync(
        Channel<ChatEvent> reader,
        [EnumeratorCancellation] CancellationToken cancellationToken
    )
    {
        try
        {
            await foreach (var next in reader.Reader.ReadAllAsync(cancellationToken))
                yield return next;
        }
        finally
        {
            _readers.TryRemove(reader, out _);
        }
    }

    private void HandOut(ChatEvent next)
    {
        if (options.KeepState)
            Keep(next);
        try
        {
            Handler?.Invoke(next);
        }
        catch (Exception e)
        {
            Log.HandlerFailed(logger, next.GetType().Name, e);
        }
        foreach (var reader in _readers.Keys)
            reader.Writer.TryWrite(next);
        if (next is HistoryDropped)
            (_synced, _) = (default, Forget());
        else if (next is { ChatId: { } chatId, Revision: { } revision })
            _done[chatId] = new ChatPosition(revision, Math.Max(revision, _done.GetValueOrDefault(chatId)?.Target ?? 0));
    }

    private void Keep(ChatEvent next)
    {
        switch (next)
        {
            case HistoryDropped:
                _states.Clear();
                break;
            case ChatRemoved { ChatId: { } removed }:
                _states.TryRemove(removed, out _);
                break;
            case { ChatId: { } chatId } when next is not (ReceiptEvent or TypingEvent or PresenceEvent) || _states.ContainsKey(chatId):
                _states
                    .GetOrAdd(chatId, static (id, its) => new ChatState(id, its.Me, its.Kept), (Me: me(), Kept: options.MessagesKept))
                    .Apply(next);
                break;
        }
    }

    private bool Forget()
    {
        _done.Clear();
        return true;
    }

    private async Task MarkAsync(object item)
    {
        switch (item)
        {
            case SeedPoint seed:
                _done[seed.ChatId] = new ChatPosition(seed.Revision, seed.Revision);
                break;
            case SyncPoint point:
                _synced = (point.HistoryId, point.Token);
                foreach (var (chatId, target) in point.Targets)
                    _done[chatId] = new ChatPosition(_done.GetValueOrDefault(chatId)?.Revision ?? target, target);
                await SaveAsync();
                break;
        }
    }

    private async Task SaveAsync()
    {
        _saved = options.Time.GetTimestamp();
        if (options.SyncStore is not { } store)
            return;
        var chats = new Dictionary<string, ChatPosition>(_done, StringComparer.Ordinal);
        try
        {
            var position = new SyncPosition
            {
                HistoryId = _synced.HistoryId,
                Token = _synced.Token,
                Chats = chats,
            };
            await store.SaveAsync(position, CancellationToken.None);
        }
        catch (Exception e)
        {
            Log.SaveFailed(logger, e);
        }
    }

    private sealed record SeedPoint(string ChatId, long Revision);

    private sealed record SyncPoint(string? HistoryId, string? Token, IReadOnlyDictionary<string, long> Targets);

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "A handler of {Event} threw")]
        public static partial void HandlerFailed(ILogger logger, string @event, Exception exception);

        [LoggerMessage(2, LogLevel.Error, "The place in the chats was not saved")]
        public static partial void SaveFailed(ILogger logger, Exception exception);
    }
}
