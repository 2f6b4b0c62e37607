using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

internal sealed class PostgresChatLists(NpgsqlDataSource source) : IChatLists
{
    private static readonly string AllChannels = ListSql.Channels(matching: false);
    private static readonly string MatchingChannels = ListSql.Channels(matching: true);

    private readonly PostgresSync _sync = new(source);

    public async Task<ChatListPage> ListAsync(string userId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var (time, chatId) = cursor is null ? (DateTimeOffset.MaxValue.Ticks, "") : ListCursor.Read(cursor);
        if (time is < 0 || time > DateTimeOffset.MaxValue.Ticks)
            throw ListCursor.NoCursor();
        var rows = await source.RowsAsync(
            ListSql.Mine,
            p => p.With(userId).With(new DateTimeOffset(time, TimeSpan.Zero)).With(chatId).With(limit + 1L),
            Row,
            cancellationToken
        );
        return ListCursor.Cut(rows, limit, chat => chat.UpdatedAt.UtcTicks);
    }

    public async Task<ChatListPage> ChannelsAsync(
        string userId,
        string? query,
        string? cursor,
        int limit,
        CancellationToken cancellationToken
    )
    {
        var (size, chatId) = cursor is null ? (long.MaxValue, "") : ListCursor.Read(cursor);
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
        return ListCursor.Cut(rows, limit, chat => chat.MemberCount);
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
}
