using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/* The authority on the order of every chat. Orleans may run two activations of one chat for some seconds; the row's epoch decides which of
 * them writes. Taking over raises it under the row's lock, so a batch of the last owner is either committed before (and read here) or
 * finds another epoch and writes nothing. */
internal sealed class PostgresChatLog : IChatLog, IAsyncDisposable
{
    private readonly NpgsqlDataSource _source;
    private readonly PostgresCommitter _committer;
    private readonly GroupCommit _commits;

    public PostgresChatLog(NpgsqlDataSource source, IOptions<StorageOptions> options, ILogger<PostgresChatLog>? logger = null)
    {
        var values = options.Value;
        _source = source;
        _committer = new PostgresCommitter(
            source,
            values.Writers,
            TimeSpan.FromSeconds(values.CommandTimeoutSeconds),
            logger ?? NullLogger<PostgresChatLog>.Instance
        );
        _commits = new GroupCommit(values.Writers, values.WriterQueue, values.MaxBatch, _committer);
    }

    public async Task<OpenOutcome> OpenAsync(string chatId, ClusterView view, int tail, CancellationToken cancellationToken)
    {
        await using var batch = _source.CreateBatch();
        batch.Add(LogSql.TakeOver, p => p.With(chatId).With(view.Incarnation).With(view.Version));
        batch.Add(LogSql.IsDeleted, p => p.With(chatId));
        batch.Add(LogSql.Members, p => p.With(chatId));
        batch.Add(LogSql.Tail, p => p.With(chatId).With((long)tail));
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);

        var taken = await reader.AllAsync(r => (Epoch: r.GetInt64(0), Chat: RowReader.Chat(r, 1)), cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var deleted = await reader.AllAsync(r => r.GetBoolean(0), cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var members = await reader.AllAsync(r => RowReader.Member(r, 0), cancellationToken);
        await reader.NextResultAsync(cancellationToken);
        var messages = await reader.AllAsync(r => RowReader.Message(r, 0), cancellationToken);
        // The take-over is committed with the end of the pipeline.
        while (await reader.NextResultAsync(cancellationToken)) { }

        if (taken.Count == 0)
        {
            return deleted.Count == 0 ? new OpenOutcome.Missing()
                : deleted[0] ? new OpenOutcome.Deleted()
                : new OpenOutcome.ViewTooOld();
        }
        messages.Reverse();
        var (epoch, chat) = taken[0];
        return new OpenOutcome.Opened(new OpenChat(chatId, epoch, chat.HeadSeq, chat.Revision, chat.Ordinal), chat, members, messages);
    }

    public async Task<CreateOutcome> CreateAsync(
        ChatRow chat,
        IReadOnlyList<MemberRow> members,
        ClusterView view,
        CancellationToken cancellationToken
    )
    {
        var made = await _source.RowsAsync(
            LogSql.Create,
            p =>
                p.With(chat.ChatId)
                    .With(chat.Type)
                    .With(chat.Name)
                    .With(chat.Metadata)
                    .With(ChatColumns.Settings(chat.Settings))
                    .With(chat.CreatedAt)
                    .With(chat.UpdatedAt)
                    .With(view.Incarnation)
                    .With(view.Version)
                    .WithAll(members.Select(m => m.UserId))
                    .WithAll(members.Select(m => m.Role))
                    .WithAll(members.Select(m => m.JoinedAt))
                    .With(ChatColumns.IsPublic(chat.Type, chat.Settings))
                    .With(NameWords.Fold(chat.Name)),
            reader => reader.GetInt64(0),
            cancellationToken
        );
        return made[0] == 0 ? new CreateOutcome.Taken() : new CreateOutcome.Created(new OpenChat(chat.ChatId, 1, 0, 1, 0));
    }

    public ValueTask<CommitOutcome> CommitAsync(OpenChat chat, ChatChange change) =>
        StoredText.IsSound(change)
            ? _commits.Commit(chat, change)
            : ValueTask.FromResult<CommitOutcome>(new CommitOutcome.Refused(StoredText.BadText));

    public async Task<IReadOnlyDictionary<string, long>> EpochsAsync(
        IReadOnlyCollection<string> chatIds,
        CancellationToken cancellationToken
    )
    {
        var rows = await _source.RowsAsync(
            LogSql.Epochs,
            p => p.WithAll(chatIds),
            r => KeyValuePair.Create(r.GetString(0), r.GetInt64(1)),
            cancellationToken
        );
        return new Dictionary<string, long>(rows, StringComparer.Ordinal);
    }

    public async ValueTask DisposeAsync()
    {
        await _commits.DisposeAsync();
        await _committer.DisposeAsync();
    }
}
