using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Tests;

/// <summary>What is shown that is not so any more: cursors, reads, edits, deletions, presence.</summary>
internal static class StateFaults
{
    public static readonly TimeSpan PresenceBound = TimeSpan.FromSeconds(2);

    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "a cursor goes back",
            Promise.Cursors,
            (history, random) =>
                history.Any(random, l => l.Type == "cursor" && LastCursor(history, l) is { Seq: > 0 }) is { } cursor
                    ? history.Replace(cursor, cursor with { Seq = LastCursor(history, cursor)!.Seq - 1 })
                    : null
        ),
        new(
            "read is ahead of delivered",
            Promise.Cursors,
            (history, random) =>
            {
                var read = history.Any(random, l => l is { Type: "cursor", Which: "read" });
                var delivered = read is null
                    ? null
                    : history.Lines.Find(l =>
                        l is { Type: "cursor", Which: "delivered" } && l.T == read.T && l.Client == read.Client && l.UserId == read.UserId
                    );
                return delivered is null ? null : history.Replace(read!, read! with { Seq = delivered.Seq + 1 });
            }
        ),
        new(
            "a cursor is ahead of the head",
            Promise.Cursors,
            (history, random) =>
                history.Any(random, l => l is { Type: "cursor", Which: "delivered" }) is { } cursor
                    ? history.Replace(cursor, cursor with { Seq = cursor.Seq + 1_000_000 + random.Next(1_000_000) })
                    : null
        ),
        new(
            "a cursor is where nothing was sent yet",
            Promise.Cursors,
            (history, random) =>
            {
                var ack = history.Acknowledged(random);
                var cursor = ack is null
                    ? null
                    : history.Any(
                        random,
                        l =>
                            l is { Type: "cursor", Which: "delivered" }
                            && l.ChatId == ack.ChatId
                            && l.T < history.Of(ack, "invoke")[0].T
                            && !history.Lines.Exists(o => o.Type == "cursor" && o.ChatId == l.ChatId && o.Seq == ack.Seq && o.T < l.T)
                    );
                return cursor is null ? null : history.Replace(cursor, cursor with { Seq = ack!.Seq });
            }
        ),
        new(
            "a read does not show what was acknowledged",
            Promise.ReadYourWrites,
            (history, random) =>
                history.Any(random, l => l.Type == "read_end" && OwnBefore(history, l) > 0) is { } end
                    ? history.Replace(end, end with { UpToSeq = OwnBefore(history, end) - 1 })
                    : null
        ),
        new(
            "an acknowledged edit is undone",
            Promise.Edits,
            (history, random) =>
                history.Any(random, l => l is { Type: "final", Deleted: false } && IsEdited(history, l)) is { } row
                    ? history.Replace(row, row with { Hash = history.Of(row, "invoke")[0].Hash })
                    : null
        ),
        new(
            "an edit shows what was before it",
            Promise.Edits,
            (history, random) =>
            {
                var edited = history.Any(
                    random,
                    l =>
                        l is { Type: "event", Kind: "edited", Via: "push", Hash: not null }
                        && IsEdited(history, l)
                        && history.Of(l, "edit_ack").Any(a => a.Revision == l.Revision)
                        && l.Hash != history.Of(l, "invoke")[0].Hash
                        && !history.Of(l, "event").Any(o => o.Revision == l.Revision && o.Hash == history.Of(l, "invoke")[0].Hash)
                );
                return edited is null ? null : history.Replace(edited, edited with { Hash = history.Of(edited, "invoke")[0].Hash });
            }
        ),
        new(
            "what was deleted is read",
            Promise.Deleted,
            (history, random) =>
            {
                var shown = history.Any(
                    random,
                    l =>
                        l is { Type: "event", Kind: "deleted", Via: "history" }
                        && history.Of(l, "delete_ack") is [var ack, ..]
                        && history.Of(l, "invoke").Length > 0
                        && ack.T < ReadOf(history, l)
                );
                return shown is null
                    ? null
                    : history.Replace(shown, shown with { Kind = "message", Hash = history.Of(shown, "invoke")[0].Hash });
            }
        ),
        new(
            "what was deleted is in the log",
            Promise.Deleted,
            (history, random) =>
            {
                var row = history.Any(
                    random,
                    l =>
                        l is { Type: "final", Deleted: true }
                        && history.Of(l, "delete_ack").Length > 0
                        && history.Of(l, "invoke").Length > 0
                );
                return row is null ? null : history.Replace(row, row with { Deleted = false, Hash = history.Of(row, "invoke")[0].Hash });
            }
        ),
        new(
            "a watcher is not told",
            Promise.Presence,
            (history, random) =>
            {
                var told = history.Any(random, l => l is { Type: "presence", State: "offline" } && ShouldKnow(history, l) is not null);
                if (told is null)
                    return null;
                var set = ShouldKnow(history, told);
                history.Remove(told);
                return set;
            }
        ),
    ];

    private static GeneratedLine? LastCursor(MadeHistory history, GeneratedLine cursor) =>
        history
            .Lines.Where(l =>
                l.Type == "cursor"
                && l.T < cursor.T
                && l.Client == cursor.Client
                && l.ChatId == cursor.ChatId
                && l.UserId == cursor.UserId
                && l.Which == cursor.Which
            )
            .MaxBy(l => l.T);

    private static long OwnBefore(MadeHistory history, GeneratedLine end)
    {
        var begin = history.Lines.Find(l => l.Type == "read" && l.ReadId == end.ReadId)!;
        return history
                .Lines.Where(l => l.Type == "ack" && l.Client == end.Client && l.ChatId == end.ChatId && l.T < begin.T)
                .Max(l => l.Seq)
            ?? 0;
    }

    /// <summary>Whether it was sent once, edited, and each edit acknowledged.</summary>
    private static bool IsEdited(MadeHistory history, GeneratedLine line) =>
        history.Of(line, "invoke").Length == 1
        && history.Of(line, "edit_ack").Length is > 0 and var edits
        && history.Lines.Count(l => l.Type == "edit" && Search.IsOf(l, line)) == edits;

    /// <summary>When the earliest of the reads began that a line may be of.</summary>
    private static long ReadOf(MadeHistory history, GeneratedLine shown) =>
        history
            .Lines.Where(l => l.Type == "read" && l.Client == shown.Client && l.ChatId == shown.ChatId && l.T < shown.T)
            .Where(l => history.Lines.Exists(e => e.Type == "read_end" && e.ReadId == l.ReadId && e.T > shown.T))
            .Min(l => (long?)l.T)
        ?? 0;

    /// <summary>The going of a user that a watcher must be told of: both stay as they are for long enough, and nothing fails.</summary>
    private static GeneratedLine? ShouldKnow(MadeHistory history, GeneratedLine told)
    {
        var until = told.T + (2 * (long)PresenceBound.TotalNanoseconds);
        var before = history
            .Lines.Where(l => l.Type == "presence" && l.Client == told.Client && l.UserId == told.UserId && l.T < told.T)
            .MaxBy(l => l.T);
        var connected = history.Lines.Where(l => l.Type is "connect" && l.Client == told.Client && l.T < told.T).Max(l => (long?)l.T);
        if (before?.State != "online" || connected is null || before.T < connected)
            return null;
        var changes = history.Lines.Exists(l =>
            l.T > before.T
            && l.T < until
            && (
                l.Type == "fault"
                || (l.Type is "disconnect" && l.Client == told.Client)
                || (l.Type == "presence" && l.Client == told.Client && l.UserId == told.UserId && !ReferenceEquals(l, told))
                || (l.Type == "presence_set" && l.UserId == told.UserId && l.State == "online")
            )
        );
        var hears = history.Lines.Exists(l => l.Client == told.Client && l.Type == "event" && l.T > until);
        var set = history.Lines.Where(l => l.Type == "presence_set" && l.UserId == told.UserId && l.T < told.T).MaxBy(l => l.T);
        var killed = set?.State != "offline";
        return changes || !hears || killed ? null : set;
    }
}
