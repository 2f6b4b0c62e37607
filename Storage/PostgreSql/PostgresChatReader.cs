using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

internal sealed class PostgresChatReader(NpgsqlDataSource source) : IChatReader
{
    // $1 chat, $2 user, $3 floor, $4 bound, $5 type, $6 rows.
    private static readonly string Older = Page("m.seq < $4", "DESC");
    private static readonly string Newer = Page("m.seq > $4", "ASC");

    private static readonly string Find =
        $"SELECT {RowSql.HiddenFrom}, {RowSql.Message} FROM messages m WHERE m.chat_id = $1 AND m.message_id = $2";

    private const string Edits = "SELECT content, metadata::text, at FROM message_edits WHERE chat_id = $1 AND seq = $2 ORDER BY revision";

    private const string Ordinal = "SELECT ordinal FROM messages WHERE chat_id = $1 AND seq <= $2 ORDER BY seq DESC LIMIT 1";

    private static readonly string Mentions = $"""
        SELECT count(*)
        FROM chats c
        JOIN chat_participants p ON p.chat_id = c.chat_id AND p.user_id = $2 AND p.left_at IS NULL
        JOIN message_mentions t ON t.chat_id = c.chat_id AND t.user_id = p.user_id
        JOIN messages m ON m.chat_id = t.chat_id AND m.seq = t.seq
        WHERE c.chat_id = $1 AND t.seq > $3 AND {RowSql.Visible("$2", RowSql.Floor)}
        """;

    // A revision that has no row created the message whose seq follows from the last row before it.
    private static readonly string Changes = $"""
        WITH steps AS (
            SELECT c.chat_id, g.revision, x.kind, x.user_id, x.emoji, x.role, x.joined_seq, coalesce(x.at, c.updated_at) AS at,
                coalesce(x.seq, b.head_seq + g.revision - b.revision, g.revision) AS seq
            FROM chats c
            CROSS JOIN generate_series($2 + 1, least(c.revision, $2 + $3)) AS g (revision)
            LEFT JOIN changes x ON x.chat_id = c.chat_id AND x.revision = g.revision
            LEFT JOIN LATERAL (
                SELECT b.revision, b.head_seq FROM changes b
                WHERE b.chat_id = c.chat_id AND b.revision <= g.revision AND x.revision IS NULL
                ORDER BY b.revision DESC
                LIMIT 1
            ) b ON true
            WHERE c.chat_id = $1
        )
        SELECT s.revision, coalesce(s.kind, 1)::int, s.seq, s.user_id, s.emoji, coalesce(s.joined_seq, 0), s.role,
            CASE WHEN s.kind IS NULL THEN coalesce(m.created_at, s.at) ELSE s.at END, {RowSql.HiddenFrom}, {RowSql.Message}
        FROM steps s
        LEFT JOIN messages m ON m.chat_id = s.chat_id AND m.seq = s.seq AND s.seq > 0
        ORDER BY s.revision
        """;

    private const string Hidden = "SELECT seq, user_id FROM hidden_messages WHERE chat_id = $1 AND seq >= $2 ORDER BY seq, user_id";

    private const string PreferencesOf = "SELECT muted_until, pinned, draft FROM chat_preferences WHERE user_id = $1 AND chat_id = $2";

    public async Task<MessagePage> PageAsync(string chatId, MessageRange range, Visibility visibility, CancellationToken cancellationToken)
    {
        Task<List<MessageRow>> Read(string sql, long bound, int rows) =>
            source.RowsAsync(
                sql,
                p => p.With(chatId).With(visibility.UserId).With(visibility.AfterSeq).With(bound).With(range.Type).With(rows + 1L),
                reader => RowReader.Message(reader, 0),
                cancellationToken
            );

        if (range.After is { } after)
            return Cut([], 0, await Read(Newer, after, range.Limit), range.Limit);
        if (range.Around is not { } around)
            return Cut(await Read(Older, range.Before ?? long.MaxValue, range.Limit), range.Limit, [], 0);
        // The message itself is the newest of the older half.
        var half = (range.Limit + 1) / 2;
        var older = await Read(Older, around + 1, half);
        var newer = await Read(Newer, around, range.Limit - half);
        return Cut(older, half, newer, range.Limit - half);
    }

    public async Task<FoundMessage?> FindAsync(string chatId, string messageId, CancellationToken cancellationToken)
    {
        var found = await source.RowsAsync(
            Find,
            p => p.With(chatId).With(messageId),
            reader => new FoundMessage(RowReader.Message(reader, 1), reader.GetFieldValue<string[]>(0)),
            cancellationToken
        );
        return found.Count == 0 ? null : found[0];
    }

    public async Task<CommitOutcome.Duplicate?> SentAsync(string chatId, string messageId, CancellationToken cancellationToken)
    {
        var sent = await source.RowsAsync(
            AppendSql.Known,
            p => p.WithAll([chatId]).WithAll([messageId]),
            KnownMessages.Read,
            cancellationToken
        );
        return sent.Count == 0 ? null : sent[0];
    }

    public async Task<IReadOnlyList<MessageEdit>> EditsAsync(string chatId, long seq, CancellationToken cancellationToken) =>
        await source.RowsAsync(
            Edits,
            p => p.With(chatId).With(seq),
            reader => new MessageEdit
            {
                Content = reader.GetString(0),
                Metadata = RowReader.Text(reader, 1) is { } json ? new MetadataJson(json) : null,
                At = reader.GetFieldValue<DateTimeOffset>(2),
            },
            cancellationToken
        );

    public async Task<IReadOnlyList<ChangeRow>> ChangesAsync(
        string chatId,
        long afterRevision,
        int limit,
        CancellationToken cancellationToken
    ) =>
        await source.RowsAsync(
            Changes,
            p => p.With(chatId).With(afterRevision).With((long)limit),
            reader => new ChangeRow
            {
                Revision = reader.GetInt64(0),
                Kind = (ChangeKind)reader.GetInt32(1),
                Seq = reader.GetInt64(2),
                UserId = RowReader.Text(reader, 3),
                Emoji = RowReader.Text(reader, 4),
                JoinedSeq = reader.GetInt64(5),
                Role = RowReader.Text(reader, 6),
                At = reader.GetFieldValue<DateTimeOffset>(7),
                HiddenFrom = reader.GetFieldValue<string[]>(8),
                Message = reader.IsDBNull(9) ? null : RowReader.Message(reader, 9),
            },
            cancellationToken
        );

    public async Task<long> OrdinalAsync(string chatId, long seq, CancellationToken cancellationToken)
    {
        var rows = await source.RowsAsync(Ordinal, p => p.With(chatId).With(seq), reader => reader.GetInt64(0), cancellationToken);
        return rows.Count == 0 ? 0 : rows[0];
    }

    public async Task<long> MentionsAsync(string chatId, string userId, long afterSeq, CancellationToken cancellationToken)
    {
        var rows = await source.RowsAsync(
            Mentions,
            p => p.With(chatId).With(userId).With(afterSeq),
            reader => reader.GetInt64(0),
            cancellationToken
        );
        return rows[0];
    }

    public async Task<IReadOnlyList<(long Seq, string UserId)>> HiddenAsync(
        string chatId,
        long fromSeq,
        CancellationToken cancellationToken
    ) => await source.RowsAsync(Hidden, p => p.With(chatId).With(fromSeq), r => (r.GetInt64(0), r.GetString(1)), cancellationToken);

    public async Task<Preferences> PreferencesAsync(string userId, string chatId, CancellationToken cancellationToken)
    {
        var rows = await source.RowsAsync(
            PreferencesOf,
            p => p.With(userId).With(chatId),
            reader => RowReader.Preferences(reader, 0),
            cancellationToken
        );
        return rows.Count == 0 ? new Preferences() : rows[0];
    }

    private static string Page(string bound, string order) =>
        $"""
            SELECT {RowSql.Message}
            FROM messages m
            WHERE m.chat_id = $1 AND {RowSql.Visible("$2", "$3")} AND {bound} AND ($5::text IS NULL OR m.type = $5)
            ORDER BY m.seq {order}
            LIMIT $6
            """;

    /// <summary>Older ones come newest first; of each side one more than wanted was asked for.</summary>
    private static MessagePage Cut(List<MessageRow> older, int wantOlder, List<MessageRow> newer, int wantNewer) =>
        new([.. older.Take(wantOlder).Reverse(), .. newer.Take(wantNewer)], older.Count > wantOlder || newer.Count > wantNewer);
}
