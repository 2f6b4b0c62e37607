using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>
/// The changes of a chat after a revision. One that has no row created the message whose seq follows from the last row before it: such rows
/// are put in here, since SQLite has no series to join.
/// </summary>
internal static class ChangeFeed
{
    private const string Stand = "SELECT revision, updated_at FROM chats WHERE chat_id = $1";

    private const string Base =
        "SELECT revision, head_seq FROM changes WHERE chat_id = $1 AND revision <= $2 ORDER BY revision DESC LIMIT 1";

    private const string Noted = """
        SELECT revision, kind, head_seq, seq, user_id, emoji, role, joined_seq, at
        FROM changes
        WHERE chat_id = $1 AND revision > $2 AND revision <= $3
        """;

    private const string Messages = $"""
        SELECT {RowSql.HiddenFrom}, {RowSql.Message}
        FROM messages m
        WHERE m.chat_id = $1 AND m.seq IN (SELECT value FROM json_each($2))
        """;

    public static List<ChangeRow> Read(SqliteSession session, string chatId, long after, int limit)
    {
        var (revision, updated) = session.First(Stand, r => (r.GetInt64(0), r.Time(1)), chatId);
        var last = Math.Min(revision, after + limit);
        if (last <= after)
            return [];
        var found = session.First(Base, r => (Revision: r.GetInt64(0), Head: r.GetInt64(1)), chatId, after);
        // Of a deleted chat the rows are gone.
        var before = found.Revision == 0 ? (Revision: 0, Head: 0) : found;
        var noted = session.Rows(Noted, Row, chatId, after, last).ToDictionary(r => r.Change.Revision);

        var changes = new List<ChangeRow>();
        for (var at = after + 1; at <= last; at++)
        {
            if (noted.TryGetValue(at, out var row))
            {
                before = (at, row.Head);
                changes.Add(row.Change);
                continue;
            }
            changes.Add(
                new ChangeRow
                {
                    Revision = at,
                    Kind = ChangeKind.MessageCreated,
                    Seq = before.Head + at - before.Revision,
                    At = updated,
                }
            );
        }
        return WithMessages(session, chatId, changes);
    }

    private static List<ChangeRow> WithMessages(SqliteSession session, string chatId, List<ChangeRow> changes)
    {
        var messages = session
            .Rows(
                Messages,
                r => (Message: RowReader.Message(r, 1), HiddenFrom: RowReader.Texts(r, 0)),
                chatId,
                changes.Select(c => c.Seq).Where(seq => seq > 0).Distinct()
            )
            .ToDictionary(m => m.Message.Seq);
        return changes.ConvertAll(change =>
            messages.TryGetValue(change.Seq, out var found)
                ? change with
                {
                    Message = found.Message,
                    HiddenFrom = found.HiddenFrom,
                    At = change.Kind is ChangeKind.MessageCreated ? found.Message.CreatedAt : change.At,
                }
                : change
        );
    }

    private static (ChangeRow Change, long Head) Row(SqliteDataReader reader) =>
        (
            new ChangeRow
            {
                Revision = reader.GetInt64(0),
                Kind = (ChangeKind)reader.GetInt32(1),
                Seq = reader.GetInt64(3),
                UserId = reader.TextOrNull(4),
                Emoji = reader.TextOrNull(5),
                Role = reader.TextOrNull(6),
                JoinedSeq = reader.GetInt64(7),
                At = reader.Time(8),
            },
            reader.GetInt64(2)
        );
}
