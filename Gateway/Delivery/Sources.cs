using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Delivery;

/* What was heard from each silo. Each numbers what it sends here, heartbeats included: a number that is missing, or silence, means that
 * something was lost. A silo that restarts is another source and begins at 1. */
internal sealed class Sources(TimeProvider time, TimeSpan silence)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (long Number, long At)> _heard = new(StringComparer.Ordinal);

    /// <summary>How long a silo may be silent.</summary>
    public TimeSpan Silence => silence;

    /// <summary>Notes an item; tells whether it is the next one, was there before (or comes late), or something before it is missing.</summary>
    public Arrival Observe(GatewayItem item, out bool isNew)
    {
        lock (_lock)
        {
            isNew = !_heard.TryGetValue(item.Source, out var last);
            if (!isNew && item.Number <= last.Number)
                return Arrival.Late;
            _heard[item.Source] = (item.Number, time.GetTimestamp());
            return item.Number == last.Number + 1 ? Arrival.Next : Arrival.AfterHole;
        }
    }

    /// <summary>Forgets the sources that are silent for too long; true when there was one.</summary>
    public bool TakeSilent()
    {
        lock (_lock)
        {
            var silent = _heard.Where(h => time.GetElapsedTime(h.Value.At) > silence).Select(h => h.Key).ToArray();
            foreach (var source in silent)
                _heard.Remove(source);
            return silent.Length > 0;
        }
    }

    /// <summary>How many sources are heard now.</summary>
    public int Count()
    {
        lock (_lock)
            return _heard.Values.Count(h => time.GetElapsedTime(h.At) <= silence);
    }
}

internal enum Arrival
{
    Next,
    Late,
    AfterHole,
}
