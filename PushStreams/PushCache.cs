using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* What the agent has taken and not every subscriber has: a list a stream. The agent registers a stream when it sees its first event, which takes a while,
 * and only then there are cursors; so a stream without cursors keeps everything, and the first cursor begins at the oldest. Later ones begin at what comes next.
 * A batch is let go when the slowest cursor has passed it. The agent runs one turn at a time, so nothing here locks. */
internal sealed class PushCache(PushQueue queue) : IQueueCache
{
    private const int MaxAdd = 1_024;
    private readonly Dictionary<StreamId, Lane> _lanes = [];

    public int GetMaxAddCount() => MaxAdd;

    public bool IsUnderPressure() => false;

    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        purgedItems = [];
        return false;
    }

    public void AddToCache(IList<IBatchContainer> messages)
    {
        foreach (var batch in messages.OfType<PushBatch>())
            LaneOf(batch.StreamId).Add(batch);
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token) => LaneOf(streamId).NewCursor(token);

    private Lane LaneOf(StreamId stream)
    {
        if (!_lanes.TryGetValue(stream, out var lane))
            _lanes.Add(stream, lane = new Lane(queue.Backlog(stream)));
        return lane;
    }

    private sealed class Node(PushBatch batch)
    {
        public PushBatch Batch { get; } = batch;
        public Node? Next { get; set; }
    }

    private sealed class Lane(StreamBacklog backlog)
    {
        private readonly HashSet<Cursor> _cursors = [];
        private Node? _oldest;
        private Node? _newest;

        public void Add(PushBatch batch)
        {
            var node = new Node(batch);
            if (_newest is null)
                _oldest = node;
            else
                _newest.Next = node;
            _newest = node;
            foreach (var cursor in _cursors)
                cursor.Offer(node);
        }

        /// <summary>From the batch of the token on; without one from the oldest for the first cursor, and from the next for others.</summary>
        public Cursor NewCursor(StreamSequenceToken? token)
        {
            var next = _cursors.Count == 0 || token is not null ? _oldest : null;
            while (token is not null && next is not null && next.Batch.Token.SequenceNumber < token.SequenceNumber)
                next = next.Next;
            var cursor = new Cursor(this, next);
            _cursors.Add(cursor);
            return cursor;
        }

        public bool IsDropped(PushBatch batch) => batch.Life < backlog.Life;

        /// <summary>Lets go of what no cursor will come to any more.</summary>
        public void Trim()
        {
            while (_oldest is { } node && _cursors.All(c => c.IsPast(node)))
            {
                backlog.Done(node.Batch);
                _oldest = node.Next;
                if (_oldest is null)
                    _newest = null;
            }
        }

        public void Remove(Cursor cursor)
        {
            // When its last subscriber goes, nobody waits for what is left, and all of it is let go.
            if (_cursors.Remove(cursor))
                Trim();
        }
    }

    private sealed class Cursor(Lane lane, Node? next) : IQueueCacheCursor
    {
        private Node? _next = next;
        private PushBatch? _current;

        public void Offer(Node node) => _next ??= node;

        /// <summary>Whether the cursor has moved beyond a node: it will be asked for what is after it, or for nothing yet.</summary>
        public bool IsPast(Node node) => _next is null || _next.Batch.Token.SequenceNumber > node.Batch.Token.SequenceNumber;

        public bool MoveNext()
        {
            while (_next is { } node)
            {
                _next = node.Next;
                lane.Trim();
                if (lane.IsDropped(node.Batch))
                    continue;
                _current = node.Batch;
                return true;
            }
            _current = null;
            return false;
        }

        public IBatchContainer GetCurrent(out Exception exception)
        {
            exception = null!;
            return _current!;
        }

        public void Refresh(StreamSequenceToken? token)
        {
            // The cursor is told of every batch when it comes.
        }

        public void RecordDeliveryFailure()
        {
            // Dropped: the layer above numbers its events and repairs what is missing.
        }

        public void Dispose() => lane.Remove(this);
    }
}
