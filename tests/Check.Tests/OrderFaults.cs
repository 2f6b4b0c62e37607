using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Tests;

/// <summary>Numbers that are not what they are for others.</summary>
internal static class OrderFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "two messages change places for one receiver",
            Promise.Order,
            (history, random) =>
            {
                var first = history.Any(
                    random,
                    l => l is { Type: "event", Kind: "message", Via: "push", Applied: true } && Next(history, l) is not null
                );
                if (first is null)
                    return null;
                var second = Next(history, first)!;
                history.Replace(
                    second,
                    second with
                    {
                        MessageId = first.MessageId,
                        SenderId = first.SenderId,
                        Hash = first.Hash,
                        System = first.System,
                    }
                );
                return history.Replace(
                    first,
                    first with
                    {
                        MessageId = second.MessageId,
                        SenderId = second.SenderId,
                        Hash = second.Hash,
                        System = second.System,
                    }
                );
            }
        ),
        new(
            "a revision is another change for one receiver",
            Promise.Order,
            (history, random) =>
            {
                var edited = history.Any(
                    random,
                    l =>
                        l is { Type: "event", Kind: "edited", Via: "push" }
                        && history.Of(l, "event").Any(o => o.Revision == l.Revision && o.Kind == "edited" && o.Client != l.Client)
                );
                var other = edited is null
                    ? null
                    : history.Any(random, l => l.Type == "final" && l.ChatId == edited.ChatId && l.MessageId != edited.MessageId);
                return other is null
                    ? null
                    : history.Replace(
                        edited!,
                        edited! with
                        {
                            MessageId = other.MessageId,
                            Seq = other.Seq,
                            SenderId = other.SenderId,
                            Hash = null,
                        }
                    );
            }
        ),
        new(
            "a message is acknowledged with another's seq",
            Promise.Order,
            (history, random) =>
            {
                var ack = history.Acknowledged(random);
                var other = ack is null ? null : history.Any(random, l => l.Type == "ack" && l.ChatId == ack.ChatId && l.Seq > ack.Seq);
                return other is null ? null : history.Replace(ack!, ack! with { Seq = other.Seq });
            }
        ),
        new(
            "a message has two revisions",
            Promise.Order,
            (history, random) =>
                history.Any(
                    random,
                    l => l is { Type: "event", Kind: "message", Via: "push" or "changes", System: null } && history.Of(l, "ack").Length > 0
                )
                    is { } shown
                    ? history.Replace(shown, shown with { Revision = shown.Revision + 1_000_000 })
                    : null
        ),
        new(
            "the log has a hole that nobody knows of",
            Promise.Order,
            (history, random) =>
            {
                var after = history.Any(
                    random,
                    l =>
                        l.Type == "final"
                        && l.Seq > 2
                        && history.Lines.Exists(o => o.Type == "ack" && o.ChatId == l.ChatId && o.Seq < l.Seq - 1)
                        && history.Lines.Exists(o => o.Type == "final" && o.ChatId == l.ChatId && o.Seq == l.Seq - 1)
                );
                if (after is null)
                    return null;
                var lost = history.Lines.Find(l => l.Type == "final" && l.ChatId == after.ChatId && l.Seq == after.Seq - 1)!;
                history.RemoveAll(l => Search.IsOf(l, lost));
                return after;
            }
        ),
        new(
            "the log ends before its head",
            Promise.Order,
            (history, random) =>
                history.Any(random, l => l.Type == "head") is { } head ? history.Replace(head, head with { Seq = head.Seq + 2 }) : null
        ),
        new(
            "a message comes before one that was known when it was sent",
            Promise.RealTime,
            (history, random) =>
            {
                if (history.Acknowledged(random) is not { } ack)
                    return null;
                var later = history.Any(
                    random,
                    l => l.Type == "ack" && l.ChatId == ack.ChatId && l.Seq > ack.Seq && history.Of(l, "invoke")[0].T < l.T
                );
                var invoke = history.Of(ack, "invoke")[0];
                return later is null ? null : history.Replace(invoke, invoke with { T = later.T + 1 });
            }
        ),
        new(
            "a client's messages change places",
            Promise.Fifo,
            (history, random) =>
            {
                if (history.Acknowledged(random) is not { } ack)
                    return null;
                var later = history.Acknowledged(
                    random,
                    l => l.ChatId == ack.ChatId && l.Client == ack.Client && l.Seq > ack.Seq && history.Of(l, "fail").Length == 0
                );
                if (later is null)
                    return null;
                var (first, second) = (history.Of(ack, "invoke")[0], history.Of(later, "invoke")[0]);
                history.Replace(second, second with { T = first.T });
                return history.Replace(first, first with { T = second.T });
            }
        ),
    ];

    private static Generating.GeneratedLine? Next(MadeHistory history, Generating.GeneratedLine line) =>
        history.Following(line).FirstOrDefault() is { Kind: "message", Via: "push" } next
        && history.Of(line, "event").Length > 1
        && history.Of(next, "event").Length > 1
            ? next
            : null;
}
