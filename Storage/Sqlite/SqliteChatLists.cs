using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

internal sealed class SqliteChatLists(SqliteDatabase database) : IChatLists
{
    private readonly SqliteSync _sync = new(database);

    public async Task<ChatListPage> ListAsync(string userId, string? cursor, int limit, CancellationToken cancellationToken)
    {
        var (time, chatId) = cursor is null ? (long.MaxValue, "") : ListCursor.Read(cursor);
        var rows = await database.ReadAsync(
            session => session.Rows(ListSql.Mine, Row, userId, time, chatId, limit + 1L),
            cancellationToken
        );
        return ListCursor.Cut(rows, limit, chat => SqliteTime.Write(chat.UpdatedAt));
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
        var words = ChatColumns.Words(query);
        if (!string.IsNullOrEmpty(query) && words.Length == 0)
            return new ChatListPage([], null);
        var rows = await database.ReadAsync(
            session => session.Rows(ListSql.Channels, Row, userId, size, chatId, limit + 1L, words, NameWords.Last),
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
        await database.ReadAsync(
            session =>
                session.Rows(
                    ListSql.Memberships,
                    r => new MembershipRow(r.GetString(0), r.GetString(1), r.GetInt64(2), r.GetInt64(3), r.GetBoolean(4)),
                    users
                ),
            cancellationToken
        );

    public async Task<IReadOnlyList<string>> SharingChatAsync(
        string caller,
        IReadOnlyCollection<string> users,
        CancellationToken cancellationToken
    ) => await database.ReadAsync(session => session.Rows(ListSql.Sharing, r => r.GetString(0), caller, users), cancellationToken);

    internal static ChatListRow Row(SqliteDataReader reader)
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
