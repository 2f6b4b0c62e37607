using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* One stream's events in a silo: a ring of them, each with a place that only grows. Publishers append, cursors take, each at its own
 * place, and what all cursors are past is let go at once.
 *
 *   _first ........... _seen ............ _end
 *     the agent knows of | it was not told yet
 *
 * Cursors do not wait until the agent is told, so _first can be past _seen.
 *
 * Before a stream's first subscriber has a cursor there is nobody to be past anything, and so everything is kept: the agent pins the
 * first event with a cursor of its own while it looks subscribers up, and one that arrives later asks for the event that came while it
 * shook hands. Only what was told a whole sweep ago and still has no cursor goes.
 *
 * The bound holds for the ring as a whole, so nothing that a subscriber does can make it grow: when it is full, all of it goes and one
 * overflow event takes its place, and cursors go on from there. Grains of many threads publish, the agent takes: all is under the lock. */
internal sealed class PushLane(StreamId stream, long origin, PushStreamOptions options, PushMetrics metrics)
{
    private const int Small = 64;
    private const int KeptWhenEmpty = 1_024;
    private readonly Lock _lock = new();
    private readonly List<PushCursor> _cursors = [];
    private object?[] _ring = new object?[Small];
    private long _first = origin;
    private long _seen = origin;
    private long _end = origin;
    private long _swept = origin;
    private bool _announced;
    private bool _closed;

    public StreamId Stream => stream;

    public long Count
    {
        get
        {
            lock (_lock)
                return _end - _first;
        }
    }

    /// <summary>Appends an event. <see cref="Added.Closed"/>: the lane is gone and another must be asked for.</summary>
    public Added Add(object item)
    {
        lock (_lock)
        {
            if (_closed)
                return Added.Closed;
            if (_end - _first >= options.BacklogPerStream)
                Overflow();
            else
                Append(item);
            if (_announced)
                return Added.Known;
            _announced = true;
            return Added.News;
        }
    }

    /// <summary>What the agent has not been told yet; null when it has been told all.</summary>
    public PushNotice? TakeNews()
    {
        lock (_lock)
        {
            if (!_announced)
                return null;
            _announced = false;
            var from = _seen;
            _seen = _end;
            return new PushNotice(stream, from);
        }
    }

    /// <summary>
    /// A cursor at the place of the token; without one at what the agent has not been told of, which is what comes after the subscription.
    /// Null when the lane is closed.
    /// </summary>
    public PushCursor? NewCursor(StreamSequenceToken? token)
    {
        lock (_lock)
        {
            if (_closed)
                return null;
            var cursor = new PushCursor(this) { Place = Math.Clamp(token?.SequenceNumber ?? _seen, _first, _end) };
            _cursors.Add(cursor);
            return cursor;
        }
    }

    public void Remove(PushCursor cursor)
    {
        lock (_lock)
        {
            if (!_cursors.Remove(cursor))
                return;
            if (_cursors.Count > 0)
                FreePassed();
            else
                metrics.Unclaimed(FreeTo(_seen));
        }
    }

    /// <summary>The next events for a cursor, as many as go into a batch; null when it has all.</summary>
    public PushBatch? Take(PushCursor cursor)
    {
        lock (_lock)
        {
            var from = Math.Max(cursor.Place, _first);
            var count = (int)Math.Min(_end - from, options.BatchSize);
            cursor.Place = from + count;
            if (count == 0)
                return null;
            var events = new object[count];
            for (var i = 0; i < count; i++)
                events[i] = _ring[Slot(from + i)]!;
            FreePassed();
            metrics.Delivered(count);
            return new PushBatch
            {
                StreamId = stream,
                Events = events,
                Token = new EventSequenceTokenV2(from),
            };
        }
    }

    /// <summary>
    /// Lets go of what was there at the last sweep and found no subscriber, and closes a lane that nobody uses. Then
    /// <paramref name="end"/> is where its stream goes on: places are never given twice, since agents remember them.
    /// </summary>
    public bool Sweep(out long end)
    {
        lock (_lock)
        {
            if (_cursors.Count == 0)
                metrics.Unclaimed(FreeTo(_swept));
            _swept = _seen;
            end = _end;
            return _closed = _cursors.Count == 0 && _end == _first && !_announced;
        }
    }

    private void Overflow()
    {
        metrics.Overflowed(FreeTo(_end) + 1);
        _seen = _end;
        if (options.OverflowEvent?.Invoke(stream) is { } overflow)
            Append(overflow);
    }

    private void Append(object item)
    {
        if (_end - _first == _ring.Length)
            Grow();
        _ring[Slot(_end++)] = item;
    }

    private void Grow()
    {
        var larger = new object?[_ring.Length * 2];
        for (var at = _first; at < _end; at++)
            larger[at & (larger.Length - 1)] = _ring[Slot(at)];
        _ring = larger;
    }

    private void FreePassed()
    {
        var slowest = _end;
        foreach (var cursor in _cursors)
            slowest = Math.Min(slowest, cursor.Place);
        FreeTo(slowest);
    }

    private long FreeTo(long place)
    {
        var freed = Math.Max(0, place - _first);
        for (; _first < place; _first++)
            _ring[Slot(_first)] = null;
        if (_first == _end && _ring.Length > KeptWhenEmpty)
            _ring = new object?[Small];
        return freed;
    }

    // Lengths are powers of two.
    private long Slot(long place) => place & (_ring.Length - 1);
}

/// <summary>What became of an event that was added.</summary>
internal enum Added
{
    /// <summary>Nothing: the lane is closed.</summary>
    Closed,

    /// <summary>The agent is to be told.</summary>
    News,

    /// <summary>The agent will come by anyway.</summary>
    Known,
}
