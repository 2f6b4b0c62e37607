using System.Diagnostics;
using System.Threading.Channels;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Storage.Chats;

/* Numbers are given as a batch is built, from the heads that the last known commit left, and the heads advance only when the commit is
 * known: neither a duplicate nor a refused change leaves a hole.
 *
 * A batch that the database refuses for one of its rows goes back to the queue and the next batch is half as long, until the culprit stands
 * alone and gets the refusal; each success doubles the length again. So one bad row costs the others some rounds, never their commit.
 *
 * A duplicate or a change without effect makes those behind it in its chat stand on a wrong number. They are skipped by the database and go
 * back to the front of the queue. A chat in which nothing came forward at all is not where its handle says: somebody else has it. */
internal sealed class CommitWriter : IAsyncDisposable
{
    private const int MaxAgain = 8;

    private readonly int _index;
    private readonly int _capacity;
    private readonly int _maxBatch;
    private readonly IBatchCommitter _committer;
    private readonly Channel<Pending> _queue = Channel.CreateUnbounded<Pending>(new UnboundedChannelOptions { SingleReader = true });
    private readonly Task _loop;

    /// <summary>Taken from the queue and not yet settled, oldest first. Only the loop touches it.</summary>
    private List<Pending> _waiting = [];
    private int _limit;
    private int _again;
    private int _depth;

    public CommitWriter(int index, int capacity, int maxBatch, IBatchCommitter committer)
    {
        (_index, _capacity, _maxBatch, _committer) = (index, capacity, maxBatch, committer);
        _limit = maxBatch;
        _loop = Task.Run(RunAsync);
    }

    public ValueTask<CommitOutcome> Enqueue(OpenChat chat, ChatChange change)
    {
        if (Interlocked.Increment(ref _depth) <= _capacity)
        {
            var pending = new Pending(chat, change);
            StorageMetrics.Queued();
            if (_queue.Writer.TryWrite(pending))
                return new ValueTask<CommitOutcome>(pending.Task);
            StorageMetrics.Unqueued();
        }
        Interlocked.Decrement(ref _depth);
        StorageMetrics.Outcome(nameof(CommitOutcome.Overloaded));
        return ValueTask.FromResult<CommitOutcome>(new CommitOutcome.Overloaded());
    }

    public async ValueTask DisposeAsync()
    {
        _queue.Writer.TryComplete();
        await _loop;
    }

    private async Task RunAsync()
    {
        while (_waiting.Count > 0 || await _queue.Reader.WaitToReadAsync())
        {
            while (_queue.Reader.TryRead(out var pending))
                _waiting.Add(pending);
            var taken = Take();
            if (taken.Count > 0)
                await CommitAsync(taken);
        }
    }

    private async Task CommitAsync(List<(Pending Pending, NumberedChange Numbered)> taken)
    {
        var started = Stopwatch.GetTimestamp();
        BatchOutcome outcome;
        try
        {
            outcome = await _committer.CommitAsync(_index, taken.ConvertAll(t => t.Numbered));
        }
        catch (Exception)
        {
            // The end of a background loop: a fault of the committer leaves the outcome open, and must not end the writer.
            outcome = new BatchOutcome.Unknown();
        }
        StorageMetrics.Committed(taken.Count, Stopwatch.GetElapsedTime(started));
        Settle(taken, outcome);
    }

    private void Settle(List<(Pending Pending, NumberedChange Numbered)> taken, BatchOutcome outcome)
    {
        switch (outcome)
        {
            case BatchOutcome.Done done:
                _limit = Math.Min(_maxBatch, _limit * 2);
                _again = 0;
                Apply(taken, done.Results);
                break;
            case BatchOutcome.Refused refused when taken.Count == 1:
                _limit = _maxBatch;
                Complete(taken[0].Pending, new CommitOutcome.Refused(refused.SqlState));
                break;
            case BatchOutcome.Refused:
                _limit = taken.Count / 2;
                PutBack(taken.Select(t => t.Pending));
                break;
            case BatchOutcome.Again when ++_again < MaxAgain:
                PutBack(taken.Select(t => t.Pending));
                break;
            case BatchOutcome.Again or BatchOutcome.Unavailable:
                _again = 0;
                taken.ForEach(t => Complete(t.Pending, new CommitOutcome.Overloaded()));
                FailBehind(taken);
                break;
            default:
                taken.ForEach(t => t.Pending.Chat.Closed = true);
                taken.ForEach(t => Complete(t.Pending, new CommitOutcome.Unknown()));
                break;
        }
    }

    private void Apply(List<(Pending Pending, NumberedChange Numbered)> taken, IReadOnlyList<ChangeResult> results)
    {
        var moved = new HashSet<OpenChat>();
        for (var i = 0; i < results.Count; i++)
        {
            if (results[i] is not ChangeResult.Skipped)
                moved.Add(taken[i].Pending.Chat);
        }
        var skipped = new List<Pending>();
        for (var i = 0; i < results.Count; i++)
        {
            var (pending, numbered) = taken[i];
            var chat = pending.Chat;
            switch (results[i])
            {
                case ChangeResult.Applied:
                    (chat.HeadSeq, chat.Revision, chat.Ordinal) = (numbered.Seq, numbered.Revision, numbered.Ordinal);
                    Complete(pending, new CommitOutcome.Committed(numbered.Revision, numbered.Seq, numbered.Ordinal));
                    break;
                case ChangeResult.Answered answered:
                    if (answered.Outcome is CommitOutcome.Fenced)
                        chat.Closed = true;
                    Complete(pending, answered.Outcome);
                    break;
                default:
                    if (!moved.Contains(chat))
                        chat.Closed = true;
                    skipped.Add(pending);
                    break;
            }
        }
        PutBack(skipped);
    }

    /// <summary>The next batch, numbered. What may not be in it stays waiting, and all behind that of the same chat.</summary>
    private List<(Pending Pending, NumberedChange Numbered)> Take()
    {
        var taken = new List<(Pending, NumberedChange)>();
        var left = new List<Pending>();
        var chats = new Dictionary<string, Numbering>(StringComparer.Ordinal);
        foreach (var pending in _waiting)
        {
            if (pending.Chat.Closed)
            {
                Complete(pending, new CommitOutcome.Fenced());
                continue;
            }
            if (!chats.TryGetValue(pending.Chat.ChatId, out var numbering))
                chats.Add(pending.Chat.ChatId, numbering = new Numbering(pending.Chat));
            if (taken.Count < _limit && numbering.Next(pending) is { } numbered)
            {
                taken.Add((pending, numbered));
            }
            else
            {
                numbering.Full = true;
                left.Add(pending);
            }
        }
        _waiting = left;
        return taken;
    }

    /// <summary>What waits behind a change that its caller is about to repeat must not be committed before it.</summary>
    private void FailBehind(List<(Pending Pending, NumberedChange Numbered)> taken)
    {
        var chats = taken.Select(t => t.Pending.Chat).ToHashSet();
        while (_queue.Reader.TryRead(out var pending))
            _waiting.Add(pending);
        var behind = _waiting.FindAll(p => chats.Contains(p.Chat));
        _waiting.RemoveAll(p => chats.Contains(p.Chat));
        behind.ForEach(p => Complete(p, new CommitOutcome.Overloaded()));
    }

    private void PutBack(IEnumerable<Pending> changes) => _waiting.InsertRange(0, changes);

    private void Complete(Pending pending, CommitOutcome outcome)
    {
        Interlocked.Decrement(ref _depth);
        StorageMetrics.Unqueued();
        StorageMetrics.Outcome(outcome.GetType().Name);
        pending.Complete(outcome);
    }

    private sealed class Pending(OpenChat chat, ChatChange change)
    {
        private readonly TaskCompletionSource<CommitOutcome> _done = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public OpenChat Chat => chat;
        public ChatChange Change => change;
        public Task<CommitOutcome> Task => _done.Task;

        public void Complete(CommitOutcome outcome) => _done.TrySetResult(outcome);
    }

    /// <summary>The numbers of one chat within one batch.</summary>
    private sealed class Numbering(OpenChat chat)
    {
        private readonly HashSet<string> _ids = new(StringComparer.Ordinal);
        private long _seq = chat.HeadSeq;
        private long _revision = chat.Revision;
        private long _ordinal = chat.Ordinal;
        private bool _changed;

        public bool Full { get; set; }

        public NumberedChange? Next(Pending pending)
        {
            // Another handle of the same chat (its last activation's, or its next one's) waits for its own batch.
            if (Full || !ReferenceEquals(pending.Chat, chat))
                return null;
            if (pending.Change is ChatChange.AddMessage message)
            {
                if (_changed || !_ids.Add(message.MessageId))
                    return null;
                _seq++;
                if (!string.Equals(message.Type, MessageTypes.System, StringComparison.Ordinal))
                    _ordinal++;
            }
            else
            {
                _changed = true;
            }
            return new NumberedChange(chat, pending.Change, _seq, ++_revision, _ordinal);
        }
    }
}
