using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>A batch is one write of the one writer; see <see cref="ChatCommit"/> for what is done to each chat in it.</summary>
internal sealed class SqliteCommitter(SqliteDatabase database) : IBatchCommitter
{
    public async Task<BatchOutcome> CommitAsync(int writer, IReadOnlyList<NumberedChange> batch)
    {
        try
        {
            return await database.WriteAsync(session => Commit(session, batch));
        }
        catch (SqliteException e)
        {
            return SqliteCodes.Classify(e);
        }
        catch (UnknownCommitException)
        {
            return new BatchOutcome.Unknown();
        }
    }

    private static BatchOutcome.Done Commit(SqliteSession session, IReadOnlyList<NumberedChange> batch)
    {
        var write = Writes.Next(session);
        var chats = new Dictionary<OpenChat, ChatCommit>();
        var results = new ChangeResult[batch.Count];
        for (var i = 0; i < results.Length; i++)
        {
            var chat = batch[i].Chat;
            if (!chats.TryGetValue(chat, out var commit))
                chats.Add(chat, commit = new ChatCommit(session, chat, write));
            results[i] = commit.Apply(batch[i]);
        }
        foreach (var commit in chats.Values)
            commit.Finish();
        return new BatchOutcome.Done(results);
    }
}
