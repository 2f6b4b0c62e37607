using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/* As in PostgreSQL a member's row says whether somebody listens, so that a message does not cost a write for each of its members; see
 * PostgresSync. Simpler is that writes are numbered in the order of their commits, so that a number is a snapshot.
 *
 * A page: (0) read the last number N and pick the chats whose mark is above the token's. (1) Make the picked rows listen, as a write. (2) Read
 * them. The next token is N of the first page. A commit before (1) is in what (2) reads; one after it finds the row listening and marks it
 * with a number above N. Rows that listen already need no write: what ends their listening marks them above N as well. */
internal sealed class SqliteSync(SqliteDatabase database)
{
    private const string History = "SELECT value FROM installation WHERE name = 'history_id'";

    /// <summary>
    /// $2, $3: where the last page ended, and for the first the token's number, since the index is entered by these; $4 rows.
    /// </summary>
    public const string PickChanged = """
        SELECT chat_id, changed, listening
        FROM chat_participants
        WHERE user_id = $1 AND (changed, chat_id) > ($2, $3)
        ORDER BY changed, chat_id
        LIMIT $4
        """;

    /// <summary>Without a token: all but what was left.</summary>
    private const string PickAll = """
        SELECT chat_id, changed, listening
        FROM chat_participants
        WHERE user_id = $1 AND (changed, chat_id) > ($2, $3) AND left_at IS NULL
        ORDER BY changed, chat_id
        LIMIT $4
        """;

    private const string Listen = """
        UPDATE chat_participants SET listening = 1
        WHERE user_id = $1 AND chat_id IN (SELECT value FROM json_each($2)) AND listening = 0 AND left_at IS NULL
        """;

    private const string Hidden = "SELECT chat_id, message_id FROM hidden_messages WHERE user_id = $1 AND changed > $2";

    public async Task<SyncResult?> SyncAsync(string userId, string? since, int limit, CancellationToken cancellationToken)
    {
        var token = since is null ? null : SyncToken.Read(since);
        var (history, now, picked) = await database.ReadAsync(session => Pick(session, userId, token, limit), cancellationToken);
        // Ahead of what was written: the database was restored.
        if (
            token is not null
            && (!string.Equals(token.History, history, StringComparison.Ordinal) || Math.Max(token.Since, token.First) > now)
        )
            return null;

        var first = token is { First: > 0 } ? token.First : now;
        var page = picked.Take(limit).ToArray();
        var ids = page.Select(p => p.ChatId).ToArray();
        // Pages end where the first one's number ends: what was written later is told the next time, or busy chats would make it endless.
        var hasMore = picked.Count > limit && picked[limit].Changed <= first;
        if (page.Any(p => !p.Listening))
            await database.WriteAsync(session => session.Execute(Listen, userId, ids));
        var (chats, hidden) = await database.ReadAsync(session => Read(session, userId, token, ids), cancellationToken);

        var next = hasMore
            ? new SyncToken(history, token?.Since ?? 0, first, page[^1].Changed, page[^1].ChatId)
            : new SyncToken(history, first, 0, 0, "");
        var there = chats.Select(c => c.Chat.ChatId).ToHashSet(StringComparer.Ordinal);
        // Without a token there is nothing to take away.
        string[] removed = token is not { Since: > 0 } ? [] : [.. ids.Where(id => !there.Contains(id))];
        return new SyncResult(chats, removed, hidden, next.Write(), hasMore);
    }

    private static (string History, long Now, List<(string ChatId, long Changed, bool Listening)> Picked) Pick(
        SqliteSession session,
        string userId,
        SyncToken? token,
        int limit
    )
    {
        var history = session.First(History, r => r.GetString(0)) ?? throw new InvalidOperationException("The database has no history_id.");
        // No id is above the last: all of the token's number were told.
        (long Changed, string ChatId) start = token switch
        {
            null => (0, ""),
            { First: > 0 } => (token.AfterChanged, token.AfterChat),
            _ => (token.Since, NameWords.Last),
        };
        var picked = session.Rows(
            token is { Since: > 0 } ? PickChanged : PickAll,
            r => (r.GetString(0), r.GetInt64(1), r.GetBoolean(2)),
            userId,
            start.Changed,
            start.ChatId,
            limit + 1L
        );
        return (history, Writes.Last(session), picked);
    }

    private static (List<ChatListRow> Chats, List<HiddenMessage> Hidden) Read(
        SqliteSession session,
        string userId,
        SyncToken? token,
        string[] page
    )
    {
        var chats = session.Rows(ListSql.Of, SqliteChatLists.Row, userId, page);
        // All with the first page: what is hidden later has a higher number.
        if (token is { First: > 0 })
            return (chats, []);
        var hidden = session.Rows(
            Hidden,
            r => new HiddenMessage { ChatId = r.GetString(0), MessageId = r.GetString(1) },
            userId,
            token?.Since ?? 0
        );
        return (chats, hidden);
    }
}
