using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/* The agent's view of the queue. Nothing moves when the agent reads: events wait in their lanes and nowhere else, so that one bound counts
 * them all. It is never under pressure, since that would stop the reading for every stream of the silo; a lane that is full pays itself. */
internal sealed class PushCache(PushQueue queue) : IQueueCache
{
    private const int NoticesPerRead = 1_024;

    public int GetMaxAddCount() => NoticesPerRead;

    public bool IsUnderPressure() => false;

    public bool TryPurgeFromCache(out IList<IBatchContainer> purgedItems)
    {
        queue.SweepWhenDue();
        purgedItems = [];
        return false;
    }

    public void AddToCache(IList<IBatchContainer> messages)
    {
        // Notices only.
    }

    public IQueueCacheCursor GetCacheCursor(StreamId streamId, StreamSequenceToken? token)
    {
        while (true)
        {
            if (queue.LaneOf(streamId).NewCursor(token) is { } cursor)
                return cursor;
        }
    }
}
