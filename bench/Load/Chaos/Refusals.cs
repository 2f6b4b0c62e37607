using System.Collections.Concurrent;

namespace Orleans.Chat.Load.Chaos;

/// <summary>With which codes single tries of sends were answered that did not work; most of these sends worked in the end.</summary>
internal sealed class Refusals
{
    private readonly ConcurrentDictionary<string, long> _counts = new(StringComparer.Ordinal);

    public IReadOnlyDictionary<string, long> Counts => _counts;

    public void Count(string code) => _counts.AddOrUpdate(code, 1, (_, n) => n + 1);
}
