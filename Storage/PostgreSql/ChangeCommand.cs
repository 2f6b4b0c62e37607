using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>The statement of one change that is no new message, and what it answers.</summary>
internal static class ChangeCommand
{
    public static NpgsqlBatchCommand Make(NumberedChange change) =>
        change.Change switch
        {
            ChatChange.EditMessage edit => Command(
                ChangeSql.Edit,
                change,
                edit.At,
                p => p.With(edit.Seq).With(edit.Content).With(edit.Metadata).WithAll((edit.Mentions ?? []).Distinct(StringComparer.Ordinal))
            ),
            ChatChange.DeleteMessage delete => Command(ChangeSql.Delete, change, delete.At, p => p.With(delete.Seq)),
            ChatChange.React react => Command(
                react.Removed ? ChangeSql.RemoveReaction : ChangeSql.AddReaction,
                change,
                react.At,
                p => p.With(react.Seq).With(react.UserId).With(react.Emoji)
            ),
            ChatChange.AddMember add => Command(ChangeSql.AddMember, change, add.At, p => p.With(add.UserId).With(add.Role)),
            ChatChange.SetRole set => Command(ChangeSql.SetRole, change, set.At, p => p.With(set.UserId).With(set.Role)),
            ChatChange.RemoveMember remove => Command(ChangeSql.RemoveMember, change, remove.At, p => p.With(remove.UserId)),
            ChatChange.UpdateChat update => Command(
                ChangeSql.Update,
                change,
                update.At,
                p => p.With(update.Name).With(update.Metadata).With(ChatColumns.Settings(update.Settings)).With(NameWords.Fold(update.Name))
            ),
            ChatChange.DeleteChat delete => Command(ChangeSql.DeleteChat, change, delete.At, _ => { }),
            _ => throw new ArgumentOutOfRangeException(nameof(change), change.Change, "A new message is no change of this kind."),
        };

    public static async Task<ChangeResult> ReadAsync(NpgsqlDataReader reader, CancellationToken cancellationToken)
    {
        await reader.ReadAsync(cancellationToken);
        var (matched, effects) = (reader.GetInt64(0), reader.GetInt64(1));
        if (matched == 0)
            return ChangeResult.Skipped.Instance;
        return effects > 0 ? ChangeResult.Applied.Instance : new ChangeResult.Answered(new CommitOutcome.NoEffect());
    }

    private static NpgsqlBatchCommand Command(string sql, NumberedChange change, DateTimeOffset at, Action<NpgsqlParameterCollection> add)
    {
        var command = new NpgsqlBatchCommand(sql);
        command.Parameters.With(change.Chat.ChatId).With(change.Chat.Epoch).With(change.ExpectedRevision).With(at);
        add(command.Parameters);
        return command;
    }
}
