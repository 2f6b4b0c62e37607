using System.Diagnostics;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Promises;

namespace Orleans.Chat.Check.Verdicts;

/// <summary>Whether a promise was kept. One that the history does not put to the test is neither held nor broken.</summary>
internal enum Standing
{
    Held,
    Broken,
    NotExercised,
}

internal sealed record PromiseStanding(string PromiseId, int? Guarantee, string Says, Standing Standing, long Checks, long Violations);

/// <summary>A line as it stands in its file.</summary>
internal sealed record ShownLine(string Place, string Text);

/// <summary>A violation with the lines that it names, and those of its chat around the last of them.</summary>
internal sealed record ShownViolation(
    string PromiseId,
    string? ChatId,
    string What,
    IReadOnlyList<ShownLine> Lines,
    IReadOnlyList<ShownLine> Around
);

internal sealed record Sends(long Acknowledged, long Refused, long Unknown)
{
    private const double MostUnknown = 0.05;

    /// <summary>With so many sends of which nobody knows, nearly anything is allowed, and that it was kept says little.</summary>
    public bool IsWeak => Unknown > (Acknowledged + Refused + Unknown) * MostUnknown;
}

internal sealed record Outage(string ChatId, double Milliseconds);

/// <summary>Sends that began while a fault lasted and were acknowledged, with all their repeats.</summary>
internal sealed record FaultSends(long Count, double MedianMilliseconds, double P99Milliseconds);

/// <summary>What is to be said of a history.</summary>
internal sealed record Verdict(
    bool Held,
    bool Weak,
    long Events,
    int CutLines,
    double Seconds,
    Sends Sends,
    long DuplicatePushes,
    double WorstSendMilliseconds,
    string? WorstSendPlace,
    FaultSends? DuringFaults,
    IReadOnlyList<Outage> LongestWithoutService,
    IReadOnlyList<PromiseStanding> Promises,
    IReadOnlyList<ShownViolation> Violations
)
{
    private const int ShownViolations = 50;
    private const int ShownOutages = 5;

    /// <exception cref="UnreadableException">A file or one of its lines is no history.</exception>
    public static Verdict Of(IReadOnlyList<string> files, TimeSpan presenceBound)
    {
        var clock = Stopwatch.StartNew();
        var parser = new EventParser();
        var checker = new Checker(presenceBound);
        using var history = new MergedHistory(files, parser);
        foreach (var e in history.Events())
            checker.Take(e);
        if (checker.Events == 0)
            throw new UnreadableException("There is no event in what was given.");
        checker.Finish();
        var seconds = clock.Elapsed.TotalSeconds;
        var (findings, service) = (checker.Findings, checker.Service);
        var sends = new Sends(service.Acknowledged, service.Refused, service.Unknown);
        return new Verdict(
            Held: !findings.Any,
            sends.IsWeak,
            checker.Events,
            history.CutLines,
            seconds,
            sends,
            findings.DuplicatePushes,
            service.WorstSend / 1e6,
            service.WorstSendPlace.IsNone ? null : Quotation.Name(files, service.WorstSendPlace),
            service.Faults is { Any: true } faults
                ? new FaultSends(faults.Sends, faults.Within(0.5) / 1e6, faults.Within(0.99) / 1e6)
                : null,
            [
                .. service
                    .Chats.Select((c, i) => (Chat: i, c.Longest))
                    .Where(c => c.Longest > 0)
                    .OrderByDescending(c => c.Longest)
                    .Take(ShownOutages)
                    .Select(c => new Outage(parser.Chats[c.Chat], c.Longest / 1e6)),
            ],
            [.. PromiseText.All.Select(p => Standing(p, findings))],
            Quotation.Of(files, parser, [.. findings.Violations.Take(ShownViolations)])
        );
    }

    private static PromiseStanding Standing(PromiseText promise, Findings findings)
    {
        var (checks, broken) = (findings.Checks(promise.Promise), findings.Broken(promise.Promise));
        var standing =
            broken > 0 ? Verdicts.Standing.Broken
            : checks > 0 ? Verdicts.Standing.Held
            : Verdicts.Standing.NotExercised;
        return new PromiseStanding(promise.Id, promise.Guarantee, promise.Says, standing, checks, broken);
    }
}
