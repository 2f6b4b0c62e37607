using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/// <summary>One subscriber's place in a stream.</summary>
internal sealed class PushCursor(PushLane lane) : IQueueCacheCursor
{
    private PushBatch? _current;

    /// <summary>The next event that it takes. The lane's, under the lane's lock.</summary>
    public long Place { get; set; }

    public bool MoveNext() => (_current = lane.Take(this)) is not null;

    public IBatchContainer? GetCurrent(out Exception? exception)
    {
        exception = null;
        return _current;
    }

    public void Refresh(StreamSequenceToken? token)
    {
        // The lane knows what is next.
    }

    public void RecordDeliveryFailure()
    {
        // Dropped: the layer above numbers its events and repairs what is missing.
    }

    public void Dispose() => lane.Remove(this);
}
