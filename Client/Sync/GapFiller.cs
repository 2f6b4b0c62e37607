using Microsoft.Extensions.Logging;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/* Sees holes in the revisions and asks for what is missing, a chat at a time, a few chats at once. What comes out of a replica goes
 * to the sink under the lock: that is what keeps a chat's order when a push and a page meet.
 *
 * A fill that the connection's end cuts short is given up; the debt stays in the replica, and Resume takes it up again when there is a
 * connection. */
internal sealed partial class GapFiller(IHubCalls hub, IEventSink sink, ChatClientOptions options, Func<string?> me, ILogger logger)
    : IDisposable
{
    private const int PageSize = 200;
    private const int FillsAtOnce = 4;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, ChatReplica> _replicas = new(StringComparer.Ordinal);
    private readonly HashSet<ChatReplica> _filling = [];
    private readonly SemaphoreSlim _places = new(FillsAtOnce, FillsAtOnce);
    private readonly Backoff _backoff = new(options.BackoffBase, options.BackoffCap, options.Random);
    private CancellationToken _connection = new(canceled: true);
    private long _rewound;
    private int _rewinds;

    /// <summary>The server says that it was never where a chat stands: all is to be dropped and synchronised afresh.</summary>
    public Func<Task>? Rewound { get; set; }

    /// <summary>A chat came into sight, and an answer should tell of it.</summary>
    public Action<string>? Appeared { get; set; }

    /// <summary>Whether no chat owes anything that is known.</summary>
    public bool IsWhole
    {
        get
        {
            lock (_lock)
                return _replicas.Values.All(replica => replica.IsWhole);
        }
    }

    /// <summary>Takes up the places of an earlier run.</summary>
    public void Load(IReadOnlyDictionary<string, ChatPosition> chats)
    {
        lock (_lock)
        {
            foreach (var (chatId, at) in chats)
                _replicas[chatId] = new ChatReplica(chatId, at.Revision, at.Target);
        }
    }

    /// <summary>There is a connection until the token ends: fills what is owed.</summary>
    public void Resume(CancellationToken connection)
    {
        lock (_lock)
        {
            _connection = connection;
            foreach (var replica in _replicas.Values)
                BeginFill(replica);
        }
    }

    /// <summary>An event that has to do with a chat's revisions was pushed.</summary>
    public void Push(ChatEvent pushed)
    {
        lock (_lock)
        {
            if (pushed is GapEvent gap)
            {
                var owing = Find(gap.ChatId!, gap.AfterRevision);
                owing.Lost();
                BeginFill(owing);
                return;
            }
            var replica = Find(pushed.ChatId!, pushed.Revision!.Value - 1);
            Deliver(replica, replica.Push(pushed));
            BeginFill(replica);
        }
    }

    /// <summary>A page of <c>Sync</c>.</summary>
    public void Synced(SyncPage page)
    {
        lock (_lock)
        {
            foreach (var chat in page.Chats)
                See(chat);
            foreach (var chatId in page.RemovedChatIds)
                Remove(chatId);
            foreach (var hidden in page.Hidden)
                sink.Deliver(new MessageHidden(hidden.MessageId) { ChatId = hidden.ChatId });
        }
    }

    /// <summary>The caller has these chats no more.</summary>
    public void Gone(IEnumerable<string> chatIds)
    {
        lock (_lock)
        {
            foreach (var chatId in chatIds)
                Remove(chatId);
        }
    }

    /// <summary>A chat as an answer told it, with the caller's own fields.</summary>
    public void Told(ChatView chat)
    {
        lock (_lock)
            See(chat);
    }

    /// <summary>Forgets everything: another history begins.</summary>
    public void Drop()
    {
        lock (_lock)
        {
            _replicas.Clear();
            sink.Deliver(new HistoryDropped());
        }
    }

    /// <summary>What the chats are known to have come to.</summary>
    public Dictionary<string, long> Targets()
    {
        lock (_lock)
            return _replicas.ToDictionary(pair => pair.Key, pair => pair.Value.Target, StringComparer.Ordinal);
    }

    public void Dispose() => _places.Dispose();

    private void See(ChatView chat)
    {
        sink.Deliver(new ChatSynced(chat) { ChatId = chat.ChatId });
        var replica = Find(chat.ChatId, chat.Revision, told: true);
        replica.Behind(chat.Revision);
        // An answer that is older than a push, or a server that went back in time: the chat itself tells which.
        if (chat.Revision < replica.Revision)
            replica.Lost();
        BeginFill(replica);
    }

    private void Remove(string chatId)
    {
        if (_replicas.GetValueOrDefault(chatId) is { } replica)
            replica.Settle();
        sink.Deliver(new ChatRemoved { ChatId = chatId });
    }

    // A chat not seen before begins where it was first heard of, or at its beginning.
    private ChatReplica Find(string chatId, long firstSight, bool told = false)
    {
        if (_replicas.TryGetValue(chatId, out var known))
            return known;
        if (!told)
            Appeared?.Invoke(chatId);
        var start = options.FirstSight == FirstSight.Beginning ? 0 : firstSight;
        sink.Seed(chatId, start);
        return _replicas[chatId] = new ChatReplica(chatId, start);
    }

    private void Deliver(ChatReplica replica, List<ChatEvent> ready)
    {
        foreach (var next in ready)
        {
            sink.Deliver(next);
            if (next is MemberJoined joined && joined.Member.UserId == me())
                Appeared?.Invoke(replica.ChatId);
            if (next is ChatDeleted || (next is MemberLeft left && left.Member.UserId == me()))
                sink.Deliver(new ChatRemoved { ChatId = replica.ChatId });
        }
    }

    private void BeginFill(ChatReplica replica)
    {
        if (replica.IsWhole || _connection.IsCancellationRequested || !_filling.Add(replica))
            return;
        _ = FillAsync(replica, _connection);
    }

    private async Task FillAsync(ChatReplica replica, CancellationToken connection)
    {
        await Task.Yield();
        var done = false;
        try
        {
            for (var failures = 0; !done; failures++)
            {
                done = await TryFillAsync(replica, connection);
                if (!done)
                    await Task.Delay(_backoff.Next(failures), options.Time, connection);
            }
        }
        catch (OperationCanceledException)
        {
            // The connection ended.
        }
        catch (ChatDisconnectedException)
        {
            // Likewise, and this was first to notice.
        }
        finally
        {
            lock (_lock)
            {
                _filling.Remove(replica);
                // Something was lost at the last moment, or a new connection came while this fill still was the old one's.
                if ((done || _connection != connection) && IsCurrent(replica))
                    BeginFill(replica);
            }
        }
    }

    // False where it failed for no reason that is known: what is owed stays owed, so it is tried again.
    private async Task<bool> TryFillAsync(ChatReplica replica, CancellationToken connection)
    {
        await _places.WaitAsync(connection);
        try
        {
            await FillWholeAsync(replica, connection);
        }
        catch (ChatProblemException e) when (e.Code == ProblemCodes.HistoryRewound)
        {
            await RewindAsync(replica, connection);
        }
        catch (Exception e) when (e is not (OperationCanceledException or ChatDisconnectedException))
        {
            Log.FillFailed(logger, replica.ChatId, e);
            return false;
        }
        finally
        {
            _places.Release();
        }
        return true;
    }

    // Several chats are told at once, and one of them drops all. A server that tells it of what it has just told itself is asked ever more seldom.
    private async Task RewindAsync(ChatReplica replica, CancellationToken connection)
    {
        int before;
        lock (_lock)
        {
            if (!IsCurrent(replica))
                return;
            if (options.Time.GetElapsedTime(_rewound) > 2 * options.BackoffCap)
                _rewinds = 0;
            _rewound = options.Time.GetTimestamp();
            before = _rewinds++;
        }
        if (before > 0)
            await Task.Delay(_backoff.Next(before - 1), options.Time, connection);
        lock (_lock)
        {
            if (!IsCurrent(replica))
                return;
            _replicas.Clear();
        }
        await (Rewound?.Invoke() ?? Task.CompletedTask);
    }

    private async Task FillWholeAsync(ChatReplica replica, CancellationToken connection)
    {
        for (var fruitless = 0; ; )
        {
            long from;
            int demand;
            lock (_lock)
            {
                if (!IsCurrent(replica) || replica.IsWhole)
                    return;
                (from, demand) = (replica.Revision, replica.Demand);
            }
            if (await AskAsync(replica.ChatId, from, fruitless, connection) is not { } page)
                return;
            lock (_lock)
            {
                if (!IsCurrent(replica))
                    return;
                Deliver(replica, replica.Fill(page, demand));
                fruitless = replica.Revision > from ? 0 : fruitless + 1;
            }
        }
    }

    // Null when there is nothing to ask: the chat is not the caller's any more.
    private async Task<ChangesPage?> AskAsync(string chatId, long from, int fruitless, CancellationToken connection)
    {
        if (fruitless > 0)
            await Task.Delay(_backoff.Next(fruitless), options.Time, connection);
        var ask = new GetChanges
        {
            ChatId = chatId,
            AfterRevision = from,
            Limit = PageSize,
        };
        for (var failures = 0; ; failures++)
        {
            try
            {
                return EventReader.ReadPage(await hub.InvokeAsync<System.Text.Json.JsonElement>("GetChanges", ask, connection));
            }
            catch (ChatProblemException e) when (e.IsRetryable)
            {
                var wait = e.RetryAfterMs is { } told ? TimeSpan.FromMilliseconds(told) : _backoff.Next(failures);
                await Task.Delay(wait, options.Time, connection);
            }
            catch (ChatProblemException e) when (e.Code is ProblemCodes.NotFound or ProblemCodes.Forbidden)
            {
                lock (_lock)
                    Remove(chatId);
                return null;
            }
        }
    }

    private bool IsCurrent(ChatReplica replica) => _replicas.GetValueOrDefault(replica.ChatId) == replica;

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "Filling the gap of chat {Chat} failed")]
        public static partial void FillFailed(ILogger logger, string chat, Exception exception);
    }
}
