using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/* The epoch fences here too: one process has one activation of a chat, but a handle that was closed for an unknown outcome may have changes
 * under way when the next activation opens the chat. */
internal sealed class SqliteChatLog : IChatLog, IAsyncDisposable
{
    /// <summary>One incarnation's versions are compared, and no other's: a membership store that lost its data starts over.</summary>
    private const string TakeOver = $"""
        UPDATE chats AS c SET epoch = c.epoch + 1, incarnation = $2, member_view = $3
        WHERE c.chat_id = $1 AND c.deleted_at IS NULL AND (c.incarnation <> $2 OR c.member_view <= $3)
        """;

    private const string Chat = $"SELECT c.epoch, c.deleted_at IS NOT NULL, {RowSql.Chat} FROM chats c WHERE c.chat_id = $1";

    private const string Members =
        $"SELECT {RowSql.Member} FROM chat_participants p WHERE p.chat_id = $1 AND p.left_at IS NULL ORDER BY p.user_id";

    private const string Tail = $"SELECT {RowSql.Message} FROM messages m WHERE m.chat_id = $1 ORDER BY m.seq DESC LIMIT $2";

    private const string Create = """
        INSERT INTO chats (chat_id, type, name, metadata, settings, created_at, updated_at, epoch, member_view, incarnation, revision,
            member_count, is_public)
        VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $9, $8, 1, $10, $11)
        ON CONFLICT DO NOTHING
        """;

    private const string Note = "INSERT INTO changes (chat_id, revision, kind, head_seq, at) VALUES ($1, 1, 9, 0, $2)";

    private const string Join = "INSERT INTO chat_participants (chat_id, user_id, role, joined_at, changed) VALUES ($1, $2, $3, $4, $5)";

    private const string Epochs = "SELECT chat_id, epoch FROM chats WHERE chat_id IN (SELECT value FROM json_each($1))";

    private readonly SqliteDatabase _database;
    private readonly GroupCommit _commits;

    public SqliteChatLog(SqliteDatabase database, IOptions<StorageOptions> options)
    {
        _database = database;
        _commits = new GroupCommit(1, options.Value.WriterQueue, options.Value.MaxBatch, new SqliteCommitter(database));
    }

    public Task<OpenOutcome> OpenAsync(string chatId, ClusterView view, int tail, CancellationToken cancellationToken) =>
        _database.WriteAsync(session => Open(session, chatId, view, tail));

    public Task<CreateOutcome> CreateAsync(
        ChatRow chat,
        IReadOnlyList<MemberRow> members,
        ClusterView view,
        CancellationToken cancellationToken
    ) => _database.WriteAsync(session => CreateChat(session, chat, members, view));

    public ValueTask<CommitOutcome> CommitAsync(OpenChat chat, ChatChange change) =>
        StoredText.IsSound(change)
            ? _commits.Commit(chat, change)
            : ValueTask.FromResult<CommitOutcome>(new CommitOutcome.Refused(StoredText.BadText));

    public async Task<IReadOnlyDictionary<string, long>> EpochsAsync(
        IReadOnlyCollection<string> chatIds,
        CancellationToken cancellationToken
    )
    {
        var rows = await _database.ReadAsync(
            session => session.Rows(Epochs, r => KeyValuePair.Create(r.GetString(0), r.GetInt64(1)), chatIds),
            cancellationToken
        );
        return new Dictionary<string, long>(rows, StringComparer.Ordinal);
    }

    public ValueTask DisposeAsync() => _commits.DisposeAsync();

    private static OpenOutcome Open(SqliteSession session, string chatId, ClusterView view, int tail)
    {
        var taken = session.Execute(TakeOver, chatId, view.Incarnation, view.Version);
        var found = session.First(Chat, r => (Epoch: r.GetInt64(0), Deleted: r.GetBoolean(1), Chat: RowReader.Chat(r, 2)), chatId);
        if (found.Chat is not { } chat)
            return new OpenOutcome.Missing();
        if (taken == 0)
            return found.Deleted ? new OpenOutcome.Deleted() : new OpenOutcome.ViewTooOld();
        var members = session.Rows(Members, r => RowReader.Member(r, 0), chatId);
        var messages = session.Rows(Tail, r => RowReader.Message(r, 0), chatId, (long)tail);
        messages.Reverse();
        return new OpenOutcome.Opened(
            new OpenChat(chatId, found.Epoch, chat.HeadSeq, chat.Revision, chat.Ordinal),
            chat,
            members,
            messages
        );
    }

    private static CreateOutcome CreateChat(SqliteSession session, ChatRow chat, IReadOnlyList<MemberRow> members, ClusterView view)
    {
        var made = session.Execute(
            Create,
            chat.ChatId,
            chat.Type,
            chat.Name,
            chat.Metadata,
            ChatColumns.Settings(chat.Settings),
            chat.CreatedAt,
            chat.UpdatedAt,
            view.Incarnation,
            view.Version,
            (long)members.Count,
            ChatColumns.IsPublic(chat.Type, chat.Settings)
        );
        if (made == 0)
            return new CreateOutcome.Taken();
        var write = Writes.Next(session);
        session.Execute(Note, chat.ChatId, chat.CreatedAt);
        foreach (var member in members)
            session.Execute(Join, chat.ChatId, member.UserId, member.Role, member.JoinedAt, write);
        ChatEffects.SetWords(session, chat.ChatId, chat.Name);
        return new CreateOutcome.Created(new OpenChat(chat.ChatId, 1, 0, 1, 0));
    }
}
