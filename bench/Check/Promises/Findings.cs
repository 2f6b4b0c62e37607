using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Promises;

/// <summary>A promise that was not kept: what happened, and the lines that show it, of which the last is the one that should not be.</summary>
internal sealed record Violation(Promise Promise, long T, int Chat, string What, IReadOnlyList<LinePlace> Lines);

/// <summary>What the rules found: how often a promise was put to the test, and where it was not kept.</summary>
internal sealed class Findings
{
    /// <summary>Violations of one promise that are kept; further ones are counted.</summary>
    public const int Kept = 1_000;

    private static readonly int Promises = Enum.GetValues<Promise>().Length;

    private readonly long[] _checks = new long[Promises];
    private readonly long[] _broken = new long[Promises];
    private readonly List<Violation>[] _violations = [.. Enumerable.Range(0, Promises).Select(_ => new List<Violation>())];

    /// <summary>Pushes of what a client had already, which it may get.</summary>
    public long DuplicatePushes { get; set; }

    public bool Any => Array.Exists(_broken, b => b > 0);

    public long Checks(Promise promise) => _checks[(int)promise];

    public long Broken(Promise promise) => _broken[(int)promise];

    /// <summary>All that are kept, the earliest first.</summary>
    public IEnumerable<Violation> Violations => _violations.SelectMany(v => v).OrderBy(v => v.T);

    public void Check(Promise promise) => _checks[(int)promise]++;

    public void Add(Promise promise, long t, int chat, string what, params ReadOnlySpan<LinePlace> lines)
    {
        if (_broken[(int)promise]++ >= Kept)
            return;
        LinePlace[] shown = [.. lines.ToArray().Where(l => !l.IsNone)];
        _violations[(int)promise].Add(new Violation(promise, t, chat, what, shown));
    }
}
