using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>Messages of a batch that were there before it. Their chats' other messages stand on wrong numbers, and are left out with them.</summary>
internal sealed class KnownMessages
{
    private readonly Dictionary<(string Chat, string Message), CommitOutcome.Duplicate> _known = [];
    private readonly HashSet<string> _chats = new(StringComparer.Ordinal);

    private KnownMessages() { }

    public static KnownMessages None { get; } = new();

    public bool Any => _known.Count > 0;

    public static async Task<KnownMessages> FindAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NumberedChange> changes,
        CancellationToken cancellationToken
    )
    {
        var messages = changes.Where(c => c.Change is ChatChange.AddMessage).ToArray();
        await using var command = new NpgsqlCommand(AppendSql.Known, connection);
        command
            .Parameters.WithAll(messages.Select(m => m.Chat.ChatId))
            .WithAll(messages.Select(m => ((ChatChange.AddMessage)m.Change).MessageId));
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var found = new KnownMessages();
        while (await reader.ReadAsync(cancellationToken))
            found.Add(reader);
        return found;
    }

    public bool Has(string chatId) => _chats.Contains(chatId);

    public CommitOutcome.Duplicate? Of(NumberedChange change) =>
        change.Change is ChatChange.AddMessage add ? _known.GetValueOrDefault((change.Chat.ChatId, add.MessageId)) : null;

    private void Add(NpgsqlDataReader reader)
    {
        var chatId = reader.GetString(0);
        _chats.Add(chatId);
        _known[(chatId, reader.GetString(1))] = Read(reader);
    }

    /// <summary>A row of <see cref="AppendSql.Known"/>.</summary>
    public static CommitOutcome.Duplicate Read(NpgsqlDataReader reader) =>
        new(
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.GetString(4),
            reader.GetFieldValue<byte[]>(5),
            reader.GetFieldValue<DateTimeOffset>(6)
        );
}
