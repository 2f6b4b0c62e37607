namespace Orleans.Chat.Storage.Chats;

/* Changes of many chats share transactions: a batch is what queued up while the last one was being committed, so there is no timer, and
 * an idle store commits a lone change at once. Independent of the database.
 *
 * A chat belongs to one writer (by hash of its id), so its changes are committed in the order of the calls. See CommitWriter for how a
 * batch is numbered and what becomes of one that is refused. */
internal sealed class GroupCommit : IAsyncDisposable
{
    private readonly CommitWriter[] _writers;

    public GroupCommit(int writers, int capacity, int maxBatch, IBatchCommitter committer) =>
        _writers = [.. Enumerable.Range(0, writers).Select(i => new CommitWriter(i, capacity, maxBatch, committer))];

    /// <summary>The place in the chat's order is fixed when this returns, whether the task is complete or not.</summary>
    public ValueTask<CommitOutcome> Commit(OpenChat chat, ChatChange change)
    {
        if (chat.Closed)
            return ValueTask.FromResult<CommitOutcome>(new CommitOutcome.Fenced());
        var hash = (uint)string.GetHashCode(chat.ChatId, StringComparison.Ordinal);
        return _writers[hash % (uint)_writers.Length].Enqueue(chat, change);
    }

    /// <summary>Accepts nothing more and commits what is queued.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (var writer in _writers)
            await writer.DisposeAsync();
    }
}
