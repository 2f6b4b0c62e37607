using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>The statement that inserts all new messages of a batch, and what it answers.</summary>
internal static class AppendCommand
{
    public static NpgsqlBatchCommand Make(IReadOnlyList<NumberedChange> messages)
    {
        var command = new NpgsqlBatchCommand(AppendSql.Append);
        AddChats(command.Parameters, messages);
        AddMessages(command.Parameters, messages);
        AddMentions(command.Parameters, messages);
        return command;
    }

    /// <summary>$1 to $8: where each chat stands, and where it will.</summary>
    private static void AddChats(NpgsqlParameterCollection parameters, IReadOnlyList<NumberedChange> messages)
    {
        var last = new Dictionary<OpenChat, (NumberedChange Change, DateTimeOffset At)>();
        foreach (var message in messages)
        {
            var at = Add(message).At;
            last[message.Chat] = (message, last.TryGetValue(message.Chat, out var before) && before.At > at ? before.At : at);
        }
        var chats = last.Keys.ToArray();
        var ends = last.Values.ToArray();
        parameters
            .WithAll(Array.ConvertAll(chats, c => c.ChatId))
            .WithAll(Array.ConvertAll(chats, c => c.Epoch))
            .WithAll(Array.ConvertAll(chats, c => c.HeadSeq))
            .WithAll(Array.ConvertAll(chats, c => c.Revision))
            .WithAll(Array.ConvertAll(ends, e => e.Change.Seq))
            .WithAll(Array.ConvertAll(ends, e => e.Change.Revision))
            .WithAll(Array.ConvertAll(ends, e => e.Change.Ordinal))
            .WithAll(Array.ConvertAll(ends, e => e.At.UtcDateTime));
    }

    /// <summary>$9 to $19: the rows. One pass over the batch fills all columns.</summary>
    private static void AddMessages(NpgsqlParameterCollection parameters, IReadOnlyList<NumberedChange> messages)
    {
        var count = messages.Count;
        var (chats, ids, senders) = (new string[count], new string[count], new string[count]);
        var (types, contents, metadata) = (new string[count], new string[count], new string?[count]);
        var (seqs, revisions, ordinals) = (new long[count], new long[count], new long[count]);
        var (fingerprints, times) = (new byte[count][], new DateTime[count]);
        for (var i = 0; i < count; i++)
        {
            var (message, row) = (messages[i], Add(messages[i]));
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

    /// <summary>$20 to $22.</summary>
    private static void AddMentions(NpgsqlParameterCollection parameters, IReadOnlyList<NumberedChange> messages)
    {
        List<(string Chat, string User, long Seq)>? mentions = null;
        foreach (var message in messages)
        {
            if (Add(message).Mentions is not { Count: > 0 } users)
                continue;
            foreach (var user in users.Distinct(StringComparer.Ordinal))
                (mentions ??= []).Add((message.Chat.ChatId, user, message.Seq));
        }
        (string Chat, string User, long Seq)[] all = mentions is null ? [] : [.. mentions];
        parameters
            .WithAll(Array.ConvertAll(all, m => m.Chat))
            .WithAll(Array.ConvertAll(all, m => m.User))
            .WithAll(Array.ConvertAll(all, m => m.Seq));
    }

    /// <summary>Which chats moved, and which ids were there already.</summary>
    public static async Task<Appended> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        var answer = new Appended([], []);
        while (await reader.ReadAsync(cancellationToken))
        {
            Read(reader, answer);
        }
        return answer;
    }

    private static void Read(NpgsqlDataReader reader, Appended answer)
    {
        var chatId = reader.GetString(0);
        if (reader.IsDBNull(1))
        {
            answer.Moved.Add(chatId);
            return;
        }
        answer.Known[(chatId, reader.GetString(1))] = new CommitOutcome.Duplicate(
            reader.GetInt64(2),
            reader.GetInt64(3),
            reader.GetString(4),
            reader.GetFieldValue<byte[]>(5),
            reader.GetFieldValue<DateTimeOffset>(6)
        );
    }

    private static ChatChange.AddMessage Add(NumberedChange message) => (ChatChange.AddMessage)message.Change;

    internal sealed record Appended(HashSet<string> Moved, Dictionary<(string Chat, string Message), CommitOutcome.Duplicate> Known)
    {
        public ChangeResult Result(NumberedChange message)
        {
            if (Known.TryGetValue((message.Chat.ChatId, Add(message).MessageId), out var duplicate))
                return new ChangeResult.Answered(duplicate);
            return Moved.Contains(message.Chat.ChatId) ? ChangeResult.Applied.Instance : ChangeResult.Skipped.Instance;
        }
    }
}
