using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>The statements that write all new messages of a batch.</summary>
internal sealed class AppendCommand
{
    /// <summary>The order of the members' key, in which all who write there lock.</summary>
    private static readonly Comparer<(string Chat, string User)> ByMember = Comparer<(string Chat, string User)>.Create(
        (a, b) => string.CompareOrdinal(a.Chat, b.Chat) is var chat and not 0 ? chat : string.CompareOrdinal(a.User, b.User)
    );

    private readonly NumberedChange[] _messages;

    /// <summary>In the order of the ids, which is that of the locks.</summary>
    private readonly List<Chat> _chats;

    public AppendCommand(NumberedChange[] messages)
    {
        _messages = messages;
        var last = new Dictionary<OpenChat, Chat>();
        foreach (var message in messages)
        {
            var at = Add(message).At;
            last[message.Chat] = new Chat(message, last.TryGetValue(message.Chat, out var before) && before.At > at ? before.At : at);
        }
        _chats = [.. last.Values];
        _chats.Sort((a, b) => string.CompareOrdinal(a.Id, b.Id));
    }

    public void AddTo(NpgsqlBatch batch)
    {
        if (_messages.Length == 0)
            return;
        batch.BatchCommands.Add(Append());
        if (Mentions() is { } mentions)
            batch.BatchCommands.Add(mentions);
        batch.BatchCommands.Add(Mark());
    }

    /// <summary>The chats that moved: all their messages are written.</summary>
    public static async Task<HashSet<string>> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var moved = new HashSet<string>(StringComparer.Ordinal);
        while (await reader.ReadAsync(cancellationToken))
            moved.Add(reader.GetString(0));
        return moved;
    }

    private NpgsqlBatchCommand Append()
    {
        var command = new NpgsqlBatchCommand(AppendSql.Append);
        command
            .Parameters.WithAll(Of(c => c.Id))
            .WithAll(Of(c => c.Last.Chat.Epoch))
            .WithAll(Of(c => c.Last.Chat.HeadSeq))
            .WithAll(Of(c => c.Last.Chat.Revision))
            .WithAll(Of(c => c.Last.Seq))
            .WithAll(Of(c => c.Last.Revision))
            .WithAll(Of(c => c.Last.Ordinal))
            .WithAll(Of(c => c.At.UtcDateTime));
        AddRows(command.Parameters);
        return command;
    }

    /// <summary>One pass over the batch fills all columns.</summary>
    private void AddRows(NpgsqlParameterCollection parameters)
    {
        var count = _messages.Length;
        var (chats, ids, senders) = (new string[count], new string[count], new string[count]);
        var (types, contents, metadata) = (new string[count], new string[count], new string?[count]);
        var (seqs, revisions, ordinals) = (new long[count], new long[count], new long[count]);
        var (fingerprints, times) = (new byte[count][], new DateTime[count]);
        for (var i = 0; i < count; i++)
        {
            var (message, row) = (_messages[i], Add(_messages[i]));
            (chats[i], seqs[i], revisions[i], ordinals[i]) = (message.Chat.ChatId, message.Seq, message.Revision, message.Ordinal);
            (ids[i], senders[i], types[i], contents[i], metadata[i]) = (row.MessageId, row.SenderId, row.Type, row.Content, row.Metadata);
            (fingerprints[i], times[i]) = (row.Fingerprint, row.At.UtcDateTime);
        }
        parameters
            .WithAll(chats)
            .WithAll(seqs)
            .WithAll(revisions)
            .WithAll(ordinals)
            .WithAll(ids)
            .WithAll(senders)
            .WithAll(types)
            .WithAll(contents)
            .WithAll(metadata)
            .WithAll(fingerprints)
            .WithAll(times);
    }

    private NpgsqlBatchCommand Mark()
    {
        // The last message of each sender in each chat has the highest seq.
        var senders = new SortedDictionary<(string Chat, string User), NumberedChange>(ByMember);
        foreach (var message in _messages)
            senders[(message.Chat.ChatId, Add(message).SenderId)] = message;
        var command = new NpgsqlBatchCommand(AppendSql.Mark);
        AddMoved(command.Parameters)
            .WithAll(senders.Keys.Select(k => k.Chat))
            .WithAll(senders.Keys.Select(k => k.User))
            .WithAll(senders.Values.Select(m => m.Seq))
            .WithAll(senders.Values.Select(m => m.Ordinal));
        return command;
    }

    private NpgsqlBatchCommand? Mentions()
    {
        List<(string Chat, string User, long Seq)>? mentions = null;
        foreach (var message in _messages)
        {
            if (Add(message).Mentions is not { Count: > 0 } users)
                continue;
            foreach (var user in users.Distinct(StringComparer.Ordinal))
                (mentions ??= []).Add((message.Chat.ChatId, user, message.Seq));
        }
        if (mentions is null)
            return null;
        var command = new NpgsqlBatchCommand(AppendSql.Mention);
        command.Parameters.WithAll(mentions.Select(m => m.Chat)).WithAll(mentions.Select(m => m.User)).WithAll(mentions.Select(m => m.Seq));
        AddMoved(command.Parameters);
        return command;
    }

    private NpgsqlParameterCollection AddMoved(NpgsqlParameterCollection parameters) =>
        parameters.WithAll(Of(c => c.Id)).WithAll(Of(c => c.Last.Chat.Epoch)).WithAll(Of(c => c.Last.Revision));

    private T[] Of<T>(Func<Chat, T> column)
    {
        var values = new T[_chats.Count];
        for (var i = 0; i < values.Length; i++)
            values[i] = column(_chats[i]);
        return values;
    }

    private static ChatChange.AddMessage Add(NumberedChange message) => (ChatChange.AddMessage)message.Change;

    /// <summary>A chat with its last message of the batch, and the latest time of one.</summary>
    private sealed record Chat(NumberedChange Last, DateTimeOffset At)
    {
        public string Id => Last.Chat.ChatId;
    }
}
