using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

internal sealed class PostgresChatLists(NpgsqlDataSource source) : IChatLists
{
    private static readonly string AllChannels = ListSql.Channels(matching: false);
    private static readonly string MatchingChannels = ListSql.Channels(matching: true);

    private readonly PostgresSync _sync = new(source);

    public async Task<ChatListPage> ListAsync(string userId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var (time, chatId) = cursor is null ? (DateTimeOffset.MaxValue.Ticks, "") : ReadCursor(cursor);
        if (time is < 0 || time > DateTimeOffset.MaxValue.Ticks)
            throw NoCursor();
        var rows = await source.RowsAsync(
            ListSql.Mine,
            p => p.With(userId).With(new DateTimeOffset(time, TimeSpan.Zero)).With(chatId).With(limit + 1L),
            Row,
            cancellationToken
        );
        return Cut(rows, limit, chat => chat.UpdatedAt.UtcTicks);
    }

    public async Task<ChatListPage> ChannelsAsync(
        string userId,
        string? query,
        string? cursor,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var (size, chatId) = cursor is null ? (long.MaxValue, "") : ReadCursor(cursor);
        var matching = !string.IsNullOrEmpty(query);
        var words = NameWords.Fold(query).Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (matching && words.Length == 0)
            return new ChatListPage([], null);
        var rows = await source.RowsAsync(
            matching ? MatchingChannels : AllChannels,
            p =>
            {
                p.With(userId).With(size).With(chatId).With(limit + 1L);
                if (matching)
                    p.With(string.Join(" & ", words.Select(w => $"'{w}':*")));
            },
            Row,
            cancellationToken
        );
        return Cut(rows, limit, chat => chat.MemberCount);
    }

    public Task<SyncResult?> SyncAsync(string userId, string? since, int limit, CancellationToken cancellationToken) =>
        _sync.SyncAsync(userId, since, limit, cancellationToken);

    public async Task<IReadOnlyList<MembershipRow>> MembershipsAsync(
        IReadOnlyCollection<string> users,
        CancellationToken cancellationToken
    ) =>
        await source.RowsAsync(
            ListSql.Memberships,
            p => p.WithAll(users),
            r => new MembershipRow(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetBoolean(4)),
            cancellationToken
        );

    public async Task<IReadOnlyList<string>> SharingChatAsync(
        string caller,
        IReadOnlyCollection<string> users,
        CancellationToken cancellationToken
    ) => await source.RowsAsync(ListSql.Sharing, p => p.With(caller).WithAll(users), r => r.GetString(0), cancellationToken);

    internal static ChatListRow Row(NpgsqlDataReader reader)
    {
        const int member = RowReader.ChatColumns;
        const int mentions = member + RowReader.MemberColumns;
        const int preferences = mentions + 1;
        const int message = preferences + 3;
        return new ChatListRow(
            RowReader.Chat(reader, 0),
            reader.IsDBNull(member) ? null : RowReader.Member(reader, member),
            reader.GetInt64(mentions),
            RowReader.Preferences(reader, preferences),
            reader.IsDBNull(message) ? null : RowReader.Message(reader, message)
        );
    }

    private static ChatListPage Cut(List<ChatListRow> rows, int limit, Func<ChatRow, long> key)
    {
        if (rows.Count <= limit)
            return new ChatListPage(rows, null);
        rows.RemoveRange(limit, rows.Count - limit);
        var last = rows[^1].Chat;
        var cursor = string.Create(CultureInfo.InvariantCulture, $"{key(last)}|{last.ChatId}");
        return new ChatListPage(rows, Base64Url.EncodeToString(Encoding.UTF8.GetBytes(cursor)));
    }

    private static (long Key, string ChatId) ReadCursor(string cursor)
    {
        if (!Base64Url.IsValid(cursor))
            throw NoCursor();
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(cursor)).Split('|');
        return
            parts.Length == 2
            && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var key)
            && Ids.IsValid(parts[1])
            ? (key, parts[1])
            : throw NoCursor();
    }

    private static FormatException NoCursor() => new("This is no cursor of a list.");
}
