using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Tests;

/// <summary>What becomes of a message that was sent, or of one that was not.</summary>
internal static class SendFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "an acknowledged message is lost",
            Promise.AcknowledgedLost,
            (history, random) =>
            {
                if (history.Acknowledged(random) is not { } ack)
                    return null;
                history.Remove(history.Of(ack, "final")[0]);
                return ack;
            }
        ),
        new(
            "the content of a message is lost",
            Promise.AcknowledgedLost,
            (history, random) =>
                history.Acknowledged(random, a => history.Of(a, "delete").Length == 0) is { } ack && history.Of(ack, "final")[0] is var row
                    ? history.Replace(row, row with { Deleted = true, Hash = null })
                    : null
        ),
        new(
            "nobody sent what was acknowledged",
            Promise.Phantom,
            (history, random) =>
            {
                if (history.Acknowledged(random) is not { } ack)
                    return null;
                history.RemoveAll(l => l.Type == "invoke" && Search.IsOf(l, ack));
                return ack;
            }
        ),
        new(
            "nobody sent what is in the log",
            Promise.Phantom,
            (history, random) =>
            {
                var row = history.Any(
                    random,
                    l =>
                        l is { Type: "final", System: null }
                        && history.Of(l, "invoke").Length > 0
                        && history.Of(l, "ack").Length == 0
                        && history.Of(l, "event").Length > 0
                );
                if (row is null || !BeginsAtOne(history, row.ChatId))
                    return null;
                history.RemoveAll(l => l.Type is "invoke" or "unknown" && Search.IsOf(l, row));
                return row;
            }
        ),
        new(
            "a message is shown before it is sent",
            Promise.Phantom,
            (history, random) =>
            {
                if (history.Acknowledged(random, a => history.Of(a, "event").Length > 0) is not { } ack)
                    return null;
                var invoke = history.Of(ack, "invoke")[0];
                return history.Replace(invoke, invoke with { T = history.Of(ack, "event")[0].T + 1 });
            }
        ),
        new(
            "a message is shown and is not in the log",
            Promise.Phantom,
            (history, random) =>
            {
                var invoke = history.Any(
                    random,
                    l =>
                        l.Type == "invoke"
                        && history.Of(l, "ack").Length == 0
                        && history.Of(l, "event").Length > 0
                        && history.Of(l, "final").Length == 1
                );
                if (invoke is not null)
                    history.Remove(history.Of(invoke, "final")[0]);
                return invoke;
            }
        ),
        new(
            "a refused message is there",
            Promise.RefusedVisible,
            (history, random) =>
                history.Acknowledged(random, a => history.Of(a, "fail").Length == 0) is { } ack
                    ? history.Replace(ack, ack with { Type = "fail", Code = "forbidden", Seq = null, Revision = null })
                    : null
        ),
        new(
            "a body is another to one receiver",
            Promise.Corrupt,
            (history, random) =>
                history.Any(random, l => l is { Type: "event", Hash: not null, System: null } && history.Of(l, "invoke").Length > 0)
                    is { } shown
                    ? history.Replace(shown, shown with { Hash = "0badc0de" })
                    : null
        ),
        new(
            "a body is another in the log",
            Promise.Corrupt,
            (history, random) =>
                history.Any(random, l => l is { Type: "final", Hash: not null } && history.Of(l, "invoke").Length > 0) is { } row
                    ? history.Replace(row, row with { Hash = "0badc0de" })
                    : null
        ),
        new(
            "a message is shown as another's",
            Promise.Corrupt,
            (history, random) =>
                history.Any(random, l => l is { Type: "event", SenderId: not null } && history.Of(l, "invoke").Length == 1) is { } shown
                    ? history.Replace(shown, shown with { SenderId = "user-nobody" })
                    : null
        ),
        new(
            "a repeat is answered otherwise",
            Promise.Idempotent,
            (history, random) =>
            {
                if (history.Acknowledged(random) is not { } ack)
                    return null;
                history.Add(history.Of(ack, "invoke")[0] with { T = ack.T + 1 });
                return history.Add(ack with { T = ack.T + 2, Seq = ack.Seq + 1 });
            }
        ),
        new(
            "one message has two rows",
            Promise.Idempotent,
            (history, random) =>
            {
                if (history.Any(random, l => l is { Type: "final", System: null }) is not { } row)
                    return null;
                var head = history.Lines.Find(l => l.Type == "head" && l.ChatId == row.ChatId)!;
                history.Replace(head, head with { Seq = head.Seq + 1 });
                return history.Add(row with { T = head.T - 1, Seq = head.Seq + 1 });
            }
        ),
    ];

    // A message before the first that this history knows is not its own.
    private static bool BeginsAtOne(MadeHistory history, string? chat) =>
        history.Lines.Exists(l => l is { Type: "event", Revision: 1, Applied: true } && l.ChatId == chat);
}
