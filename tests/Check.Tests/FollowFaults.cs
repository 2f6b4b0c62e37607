using Orleans.Chat.Check.Generating;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Tests;

/// <summary>What a client that follows applies, and what one that was removed must not see.</summary>
internal static class FollowFaults
{
    public static IReadOnlyList<Fault> All { get; } =
    [
        new(
            "an applied change is skipped",
            Promise.Gap,
            (history, random) =>
            {
                var lost = history.Any(
                    random,
                    l =>
                        l is { Type: "event", Applied: true }
                        && history.Before(l)?.Type == "event"
                        && NextApplied(history, l) is not null
                        && history.Stays(l)
                );
                if (lost is null)
                    return null;
                var next = NextApplied(history, lost);
                history.Remove(lost);
                return next;
            }
        ),
        new(
            "a change is applied twice",
            Promise.Duplicate,
            (history, random) =>
                history.Any(random, l => l is { Type: "event", Applied: true }) is { } applied
                    ? history.Add(applied with { T = applied.T + 1 })
                    : null
        ),
        new(
            "a resume skips a change",
            Promise.Resume,
            (history, random) =>
            {
                var resume = history.Any(
                    random,
                    l =>
                        l.Type == "resume"
                        && history.Following(l).FirstOrDefault() is { Type: "event" } first
                        && NextApplied(history, first) is not null
                        && history.Stays(l)
                );
                if (resume is null)
                    return null;
                var lost = history.Following(resume).First();
                var next = NextApplied(history, lost);
                history.Remove(lost);
                return next;
            }
        ),
        new(
            "a page of changes leaves a message out",
            Promise.Resume,
            (history, random) =>
            {
                var lost = history.Any(
                    random,
                    l =>
                        l is { Type: "event", Kind: "message", Applied: true }
                        && history.Before(l) is not null
                        && history.Stays(l)
                        && history.Of(l, "ack").Length > 0
                        && history.Of(l, "event").Count(o => o.Client == l.Client && o.Applied == true) == 1
                        && EndOf(history, l) is not null
                );
                if (lost is null)
                    return null;
                return history.Replace(
                    lost,
                    new GeneratedLine(lost.T, "page", lost.Client) { ChatId = lost.ChatId, Revision = lost.Revision }
                );
            }
        ),
        new(
            "a client resumes ahead of what it applied",
            Promise.Resume,
            (history, random) =>
                history.Any(random, l => l.Type == "resume" && history.Before(l) is not null && history.Stays(l)) is { } resume
                    ? history.Replace(resume, resume with { Revision = resume.Revision + 1_000 })
                    : null
        ),
        new(
            "a client stays behind",
            Promise.Convergence,
            (history, random) =>
                history.Any(random, l => l is { Type: "at_end", Revision: > 1 }) is { } end
                    ? history.Replace(end, end with { Revision = end.Revision - 1 })
                    : null
        ),
        new(
            "the last change is not applied",
            Promise.Gap,
            (history, random) =>
            {
                var end = history.Any(random, l => l.Type == "at_end" && history.Before(l)?.Type == "event" && history.Stays(l));
                if (end is not null)
                    history.Remove(history.Before(end)!);
                return end;
            }
        ),
        new(
            "who was removed sees what came after",
            Promise.Leak,
            (history, random) =>
            {
                var left = history.Any(
                    random,
                    l => l is { Type: "member", Change: "left" } && IsCertain(history, l) && Later(history, l) is not null
                );
                if (left is null)
                    return null;
                var client = history.Lines.Find(l => l.Type == "connect" && l.UserId == left.UserId && l.T < left.T)!.Client;
                var seen = Later(history, left)!;
                return history.Add(seen with { T = seen.T + 1, Client = client, Applied = false });
            }
        ),
        new(
            "who was removed sees what came after before its admin has the answer",
            Promise.Leak,
            (history, random) =>
            {
                var left = history.Any(
                    random,
                    l => l is { Type: "member", Change: "left" } && IsCertain(history, l) && AtOnce(history, l) is not null
                );
                if (left is null)
                    return null;
                var client = history.Lines.Find(l => l.Type == "connect" && l.UserId == left.UserId && l.T < left.T)!.Client;
                return history.Add(AtOnce(history, left)! with { T = left.T - 1, Client = client, Applied = false });
            }
        ),
    ];

    private static GeneratedLine? EndOf(MadeHistory history, GeneratedLine line) =>
        history.Lines.Find(l => l.Type == "at_end" && l.Client == line.Client && l.ChatId == line.ChatId && l.Revision >= line.Revision);

    private static GeneratedLine? NextApplied(MadeHistory history, GeneratedLine line) =>
        history.Following(line).FirstOrDefault() is { Type: "event" } next ? next : null;

    /// <summary>Whether all that happened to the member is known, and it was there before.</summary>
    private static bool IsCertain(MadeHistory history, GeneratedLine left) =>
        !history.Lines.Exists(l => l.Type == "member_unknown" && l.ChatId == left.ChatId && l.UserId == left.UserId)
        && history.Lines.Exists(l => l.Type == "connect" && l.UserId == left.UserId && l.T < left.T);

    /// <summary>A message that another sees while the member is out.</summary>
    private static GeneratedLine? Later(MadeHistory history, GeneratedLine left)
    {
        var back = history
            .Lines.Where(l => l.Type == "member" && l.ChatId == left.ChatId && l.UserId == left.UserId && l.Revision > left.Revision)
            .MinBy(l => l.Revision);
        return history.Lines.Find(l =>
            l is { Type: "event", Kind: "message", Via: "push" }
            && l.ChatId == left.ChatId
            && l.Seq > left.Seq
            && l.T > left.T
            && (back is null || (l.Revision < back.Revision && l.T < back.T))
        );
    }

    private static GeneratedLine? AtOnce(MadeHistory history, GeneratedLine left)
    {
        // Who is back before the answer is written may have seen it.
        var isBack = history.Lines.Exists(l =>
            l.Type == "member"
            && l.ChatId == left.ChatId
            && l.UserId == left.UserId
            && l.Revision > left.Revision
            && l.T < left.T + 20_000_000
        );
        return isBack
            ? null
            : history.Lines.Find(l =>
                l is { Type: "event", Kind: "message", Via: "push" } && l.ChatId == left.ChatId && l.Revision == left.Revision + 1
            );
    }
}
