using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

internal sealed class SqliteChatReader(SqliteDatabase database) : IChatReader
{
    // $1 chat, $2 user, $3 floor, $4 bound, $5 type, $6 rows.
    private static readonly string Older = Page("m.seq < $4", "DESC");
    private static readonly string Newer = Page("m.seq > $4", "ASC");

    private const string Find = $"SELECT {RowSql.HiddenFrom}, {RowSql.Message} FROM messages m WHERE m.chat_id = $1 AND m.message_id = $2";

    private const string Edits = "SELECT content, metadata, at FROM message_edits WHERE chat_id = $1 AND seq = $2 ORDER BY revision";

    private const string Ordinal = "SELECT ordinal FROM messages WHERE chat_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1";

    private static readonly string Mentions = $"""
        SELECT count(*)
        FROM chats c
        JOIN chat_participants p ON p.chat_id = c.chat_id AND p.user_id = $2 AND p.left_at IS NULL
        JOIN message_mentions t ON t.chat_id = c.chat_id AND t.user_id = p.user_id
        JOIN messages m ON m.chat_id = t.chat_id AND m.seq = t.seq
        WHERE c.chat_id = $1 AND t.seq > $3 AND {RowSql.Visible("$2", RowSql.Floor)}
        """;

    private const string Hidden = "SELECT seq, user_id FROM hidden_messages WHERE chat_id = $1 AND seq >= $2 ORDER BY seq, user_id";

    private const string PreferencesOf = "SELECT muted_until, pinned, draft FROM chat_preferences WHERE user_id = $1 AND chat_id = $2";

    public Task<MessagePage> PageAsync(string chatId, MessageRange range, Visibility visibility, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session =>
            {
                List<MessageRow> Read(string sql, long bound, int rows) =>
                    session.Rows(
                        sql,
                        r => RowReader.Message(r, 0),
                        chatId,
                        visibility.UserId,
                        visibility.AfterSeq,
                        bound,
                        range.Type,
                        rows + 1L
                    );

                if (range.After is { } after)
                    return Cut([], 0, Read(Newer, after, range.Limit), range.Limit);
                if (range.Around is not { } around)
                    return Cut(Read(Older, range.Before ?? long.MaxValue, range.Limit), range.Limit, [], 0);
                // The message itself is the newest of the older half.
                var half = (range.Limit + 1) / 2;
                return Cut(Read(Older, around + 1, half), half, Read(Newer, around, range.Limit - half), range.Limit - half);
            },
            cancellationToken
        );

    public Task<FoundMessage?> FindAsync(string chatId, string messageId, CancellationToken cancellationToken) =>
        database.ReadAsync(
            session => session.First(Find, r => new FoundMessage(RowReader.Message(r, 1), RowReader.Texts(r, 0)), chatId, messageId),
            cancellationToken
        );

    public Task<CommitOutcome.Duplicate?> SentAsync(string chatId, string messageId, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.First(ChatCommit.Known, ChatCommit.Duplicate, chatId, messageId), cancellationToken);

    public async Task<IReadOnlyList<MessageEdit>> EditsAsync(string chatId, long seq, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            session =>
                session.Rows(
                    Edits,
                    r => new MessageEdit
                    {
                        Content = r.GetString(0),
                        Metadata = r.TextOrNull(1) is { } json ? new MetadataJson(json) : null,
                        At = r.Time(2),
                    },
                    chatId,
                    seq
                ),
            cancellationToken
        );

    public async Task<IReadOnlyList<ChangeRow>> ChangesAsync(
        string chatId,
        long afterRevision,
        int limit,
        CancellationToken cancellationToken
    ) => await database.ReadAsync(session => ChangeFeed.Read(session, chatId, afterRevision, limit), cancellationToken);

    public Task<long> OrdinalAsync(string chatId, long seq, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.First(Ordinal, r => r.GetInt64(0), chatId, seq), cancellationToken);

    public Task<long> MentionsAsync(string chatId, string userId, long afterSeq, CancellationToken cancellationToken) =>
        database.ReadAsync(session => session.First(Mentions, r => r.GetInt64(0), chatId, userId, afterSeq), cancellationToken);

    public async Task<IReadOnlyList<(long Seq, string UserId)>> HiddenAsync(
        string chatId,
        long fromSeq,
        CancellationToken cancellationToken
    ) =>
        await database.ReadAsync(session => session.Rows(Hidden, r => (r.GetInt64(0), r.GetString(1)), chatId, fromSeq), cancellationToken);

    public async Task<Preferences> PreferencesAsync(string userId, string chatId, CancellationToken cancellationToken) =>
        await database.ReadAsync(
            session => session.First(PreferencesOf, r => RowReader.Preferences(r, 0), userId, chatId),
            cancellationToken
        ) ?? new Preferences();

    private static string Page(string bound, string order) =>
        $"""
            SELECT {RowSql.Message}
            FROM messages m
            WHERE m.chat_id = $1 AND {RowSql.Visible("$2", "$3")} AND {bound} AND ($5 IS NULL OR m.type = $5)
            ORDER BY m.seq {order}
            LIMIT $6
            """;

    /// <summary>Older ones come newest first; of each side one more than wanted was asked for.</summary>
    private static MessagePage Cut(List<MessageRow> older, int wantOlder, List<MessageRow> newer, int wantNewer) =>
        new([.. older.Take(wantOlder).Reverse(), .. newer.Take(wantNewer)], older.Count > wantOlder || newer.Count > wantNewer);
}
