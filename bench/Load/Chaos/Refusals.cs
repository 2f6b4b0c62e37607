using System.Collections.Concurrent;

namespace Orleans.Chat.Load.Chaos;

/// <summary>What became of the tries of sends that did not work; most of these sends worked in the end.</summary>
internal sealed class Refusals
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);
    private long _givenUp;

    /// <summary>How many tries were answered with each code.</summary>
    public IReadOnlyDictionary<string, long> Counts => _counts;

    /// <summary>How many sends had no last word, neither taken nor refused for good, when their sender's patience was over.</summary>
    public long GivenUp => Interlocked.Read(ref _givenUp);

    public void Count(string code) => _counts.AddOrUpdate(code, 1, (_, n) => n + 1);

    public void GiveUp() => Interlocked.Increment(ref _givenUp);
}
