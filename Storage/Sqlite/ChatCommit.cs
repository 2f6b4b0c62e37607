using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/* The changes of one chat in one batch, new messages first. Each applies where the chat stands at the revision that its number follows from;
 * after a duplicate or a change without effect it does not, and the rest is skipped and renumbered by the writer. The chat's row is written
 * once for all new messages. */
internal sealed class ChatCommit
{
    private const string Stand = "SELECT epoch, head_seq, revision FROM chats WHERE chat_id = $1 AND deleted_at IS NULL";

    /// <summary>What was first sent as the message $2 of the chat $1, as <see cref="Duplicate"/> reads it.</summary>
    public const string Known =
        "SELECT seq, created_revision, sender_id, fingerprint, created_at FROM messages WHERE chat_id = $1 AND message_id = $2";

    private const string Insert = """
        INSERT INTO messages (chat_id, seq, message_id, sender_id, type, content, metadata, created_at, updated_at, created_revision, revision,
            ordinal, fingerprint)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8, $9, $9, $10, $11)
        """;

    private const string Mention = "INSERT INTO message_mentions (chat_id, user_id, seq) VALUES ($1, $2, $3)";

    private const string Move =
        "UPDATE chats SET head_seq = $2, revision = $3, ordinal = $4, updated_at = max(updated_at, $5) WHERE chat_id = $1";

    private const string MoveSender = """
        UPDATE chat_participants
        SET delivered_seq = max(delivered_seq, $3), read_seq = max(read_seq, $3), read_ordinal = max(read_ordinal, $4)
        WHERE chat_id = $1 AND user_id = $2 AND left_at IS NULL
        """;

    private readonly SqliteSession _session;
    private readonly OpenChat _chat;
    private readonly long _write;
    private readonly bool _owned;
    private readonly Dictionary<string, NumberedChange> _senders = new(StringComparer.Ordinal);
    private long _head;
    private long _revision;
    private NumberedChange? _last;
    private DateTimeOffset _at;

    public ChatCommit(SqliteSession session, OpenChat chat, long write)
    {
        (_session, _chat, _write) = (session, chat, write);
        var (epoch, head, revision) = session.First(Stand, r => (r.GetInt64(0), r.GetInt64(1), r.GetInt64(2)), chat.ChatId);
        _owned = epoch == chat.Epoch;
        (_head, _revision) = (head, revision);
    }

    public ChangeResult Apply(NumberedChange change)
    {
        if (!_owned)
            return new ChangeResult.Answered(new CommitOutcome.Fenced());
        if (change.Change is ChatChange.AddMessage add)
            return Append(change, add);
        Finish();
        if (change.ExpectedRevision != _revision || change.Seq != _head)
            return ChangeResult.Skipped.Instance;
        if (!ChangeEffects.Apply(_session, change, _write))
            return new ChangeResult.Answered(new CommitOutcome.NoEffect());
        // A deleted chat stands nowhere: what follows is skipped here and fenced in the next batch.
        _revision = change.Change is ChatChange.DeleteChat ? -1 : change.Revision;
        return ChangeResult.Applied.Instance;
    }

    /// <summary>What follows from the new messages: the chat's row, the senders' cursors and the marks of who listens.</summary>
    public void Finish()
    {
        if (_last is not { } last)
            return;
        _session.Execute(Move, _chat.ChatId, last.Seq, last.Revision, last.Ordinal, _at);
        foreach (var (sender, message) in _senders)
            _session.Execute(MoveSender, _chat.ChatId, sender, message.Seq, message.Ordinal);
        _session.Execute(ChangeEffects.Mark, _chat.ChatId, _write);
        _last = null;
    }

    private ChangeResult Append(NumberedChange change, ChatChange.AddMessage add)
    {
        if (_session.First(Known, Duplicate, _chat.ChatId, add.MessageId) is { } known)
            return new ChangeResult.Answered(known);
        if (change.ExpectedRevision != _revision || change.Seq != _head + 1)
            return ChangeResult.Skipped.Instance;
        _session.Execute(
            Insert,
            _chat.ChatId,
            change.Seq,
            add.MessageId,
            add.SenderId,
            add.Type,
            add.Content,
            add.Metadata,
            add.At,
            change.Revision,
            change.Ordinal,
            add.Fingerprint
        );
        foreach (var user in (add.Mentions ?? []).Distinct(StringComparer.Ordinal))
            _session.Execute(Mention, _chat.ChatId, user, change.Seq);
        (_head, _revision, _last) = (change.Seq, change.Revision, change);
        _at = add.At > _at ? add.At : _at;
        _senders[add.SenderId] = change;
        return ChangeResult.Applied.Instance;
    }

    public static CommitOutcome.Duplicate Duplicate(SqliteDataReader reader) =>
        new(reader.GetInt64(0), reader.GetInt64(1), reader.GetString(2), reader.GetFieldValue<byte[]>(3), reader.Time(4));
}
