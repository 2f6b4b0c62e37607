using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Each write marks the member's row with its number, so that the member's next synchronisation tells: cursors where it listens.</summary>
internal sealed class SqliteMemberStore(SqliteDatabase database) : IMemberStore
{
    private const string Cursors =
        "SELECT delivered_seq, read_seq FROM chat_participants WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL";

    private const string Move = """
        UPDATE chat_participants
        SET delivered_seq = max(delivered_seq, $3), read_seq = max(read_seq, $4), read_ordinal = max(read_ordinal, $5),
            changed = CASE WHEN listening THEN $6 ELSE changed END, listening = 0
        WHERE chat_id = $1 AND user_id = $2
        """;

    private const string Step =
        "INSERT INTO cursor_steps (chat_id, user_id, kind, seq, at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING";

    private const string Hide = """
        INSERT INTO hidden_messages (user_id, chat_id, message_id, seq, at, changed) VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING
        """;

    private const string Keep = """
        INSERT INTO chat_preferences (user_id, chat_id, muted_until, pinned, draft) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (user_id, chat_id) DO UPDATE SET muted_until = excluded.muted_until, pinned = excluded.pinned, draft = excluded.draft
        """;

    private const string Mark = "UPDATE chat_participants SET changed = $3, listening = 0 WHERE user_id = $1 AND chat_id = $2";

    public Task FlushCursorsAsync(IReadOnlyCollection<CursorStep> steps, CancellationToken cancellationToken) =>
        steps.Count == 0
            ? Task.CompletedTask
            : database.WriteAsync(session =>
            {
                var write = Writes.Next(session);
                foreach (var step in steps)
                    Flush(session, step, write);
                return 0;
            });

    public Task HideAsync(
        string userId,
        string chatId,
        string messageId,
        long seq,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) =>
        database.WriteAsync(session =>
        {
            var write = Writes.Next(session);
            return session.Execute(Hide, userId, chatId, messageId, seq, at, write) > 0 ? session.Execute(Mark, userId, chatId, write) : 0;
        });

    public Task SetPreferencesAsync(string userId, string chatId, Preferences preferences, CancellationToken cancellationToken) =>
        database.WriteAsync(session =>
        {
            var write = Writes.Next(session);
            session.Execute(Keep, userId, chatId, preferences.MutedUntil, preferences.Pinned, preferences.Draft);
            return session.Execute(Mark, userId, chatId, write);
        });

    private static void Flush(SqliteSession session, CursorStep step, long write)
    {
        var member = session.First(Cursors, r => (Found: true, Delivered: r.GetInt64(0), Read: r.GetInt64(1)), step.ChatId, step.UserId);
        var (delivered, read) = (member.Delivered, member.Read);
        var toDelivered = Math.Max(step.DeliveredSeq, step.ReadSeq);
        if (!member.Found || (toDelivered <= delivered && step.ReadSeq <= read))
            return;
        session.Execute(Move, step.ChatId, step.UserId, toDelivered, step.ReadSeq, step.ReadOrdinal, write);
        if (toDelivered > delivered)
            session.Execute(Step, step.ChatId, step.UserId, 1L, toDelivered, step.At);
        if (step.ReadSeq > read)
            session.Execute(Step, step.ChatId, step.UserId, 2L, step.ReadSeq, step.At);
    }
}
