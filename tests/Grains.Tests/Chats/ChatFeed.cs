using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Chats;

/* What a played gateway knows of one chat, by the rule that real ones follow: revision r counts when r - 1 did, what is newer is held, and the
 * hole is pulled. It begins at 0, so its entries are the whole history of the chat. */
internal sealed class ChatFeed(Func<long, Task<Outcome<ChatDelivery>>> pull)
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly Lock _lock = new();
    private readonly List<DeliveryEntry> _entries = [];
    private readonly Dictionary<long, DeliveryEntry> _held = [];
    private readonly List<string> _contradictions = [];
    private readonly List<ChatDelivery> _pushes = [];
    private TaskCompletionSource _changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _target;
    private bool _pulling;

    /// <summary>All so far, dense from revision 1.</summary>
    public IReadOnlyList<DeliveryEntry> Entries
    {
        get
        {
            lock (_lock)
                return [.. _entries];
        }
    }

    /// <summary>What the stream brought, as it came.</summary>
    public IReadOnlyList<ChatDelivery> Pushes
    {
        get
        {
            lock (_lock)
                return [.. _pushes];
        }
    }

    /// <summary>Revisions that were told twice and differently.</summary>
    public IReadOnlyList<string> Contradictions
    {
        get
        {
            lock (_lock)
                return [.. _contradictions];
        }
    }

    /// <summary>The ids of its messages in the order of its revisions.</summary>
    public IReadOnlyList<string> MessageIds => [.. Entries.Select(e => e.Event).OfType<MessageCreated>().Select(e => e.Message.MessageId)];

    public void Push(ChatDelivery delivery)
    {
        lock (_lock)
            _pushes.Add(delivery);
        Take(delivery);
    }

    /// <summary>All up to a revision, when they are here.</summary>
    public async Task<IReadOnlyList<DeliveryEntry>> ReachAsync(long revision)
    {
        await WaitAsync(() => _entries.Count >= revision);
        return Entries;
    }

    /// <summary>Waits for a push, past or to come, that fits.</summary>
    public Task PushedAsync(Func<ChatDelivery, bool> fits) => WaitAsync(() => _pushes.Any(fits));

    private async Task WaitAsync(Func<bool> there)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        limit.CancelAfter(Patience);
        while (true)
        {
            Task changed;
            lock (_lock)
            {
                if (there())
                    return;
                changed = _changed.Task;
            }
            try
            {
                await changed.WaitAsync(limit.Token);
            }
            catch (OperationCanceledException e) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
            {
                throw new TimeoutException($"Not seen in time; at revision {Entries.Count} of {_target} after {Pushes.Count} pushes.", e);
            }
        }
    }

    private void Take(ChatDelivery delivery)
    {
        TaskCompletionSource changed;
        lock (_lock)
        {
            foreach (var entry in delivery.Entries)
                Take(entry);
            _target = Math.Max(_target, delivery.Head);
            if (_entries.Count < _target && !_pulling)
            {
                _pulling = true;
                _ = PullAsync();
            }
            changed = _changed;
            _changed = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        changed.TrySetResult();
    }

    private void Take(DeliveryEntry entry)
    {
        _target = Math.Max(_target, entry.Revision);
        if (entry.Revision <= _entries.Count)
        {
            // Messages and members may have become something else since; what the revision is about may not.
            var known = _entries[(int)entry.Revision - 1];
            if (known.MessageSeq != entry.MessageSeq || IdOf(known) is { } id && IdOf(entry) is { } other && id != other)
                _contradictions.Add($"{known} and {entry}");
            return;
        }
        _held[entry.Revision] = entry;
        while (_held.Remove(_entries.Count + 1, out var next))
            _entries.Add(next);
    }

    private static string? IdOf(DeliveryEntry entry) =>
        entry.Event switch
        {
            MessageCreated e => e.Message.MessageId,
            MessageUpdated e => e.Message.MessageId,
            MessageDeleted e => e.Message.MessageId,
            ReactionChanged e => e.MessageId,
            _ => null,
        };

    private async Task PullAsync()
    {
        while (true)
        {
            long after;
            lock (_lock)
            {
                after = _entries.Count;
                if (after >= _target)
                {
                    _pulling = false;
                    return;
                }
            }
            try
            {
                if ((await pull(after)) is { Value: { Entries.Length: > 0 } page })
                {
                    Take(page);
                    continue;
                }
            }
            catch (Exception fault) when (fault is TimeoutException or OrleansException)
            {
                // As a gateway does: again, until a silo answers.
            }
            await Task.Delay(Pause, TimeProvider.System);
        }
    }
}
