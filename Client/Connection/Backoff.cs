namespace Orleans.Chat.Client.Connection;

/// <summary>
/// Exponential backoff with full jitter: a wait is anywhere between nothing and the bound, so that the clients of a server that
/// restarted come back spread out, and the bound doubles up to its cap.
/// </summary>
internal sealed class Backoff(TimeSpan first, TimeSpan cap, Random random)
{
    /// <summary>How long to wait before the attempt after <paramref name="failures"/> failed ones.</summary>
    public TimeSpan Next(int failures) => Bound(failures) * Draw();

    /// <summary>The longest that <see cref="Next"/> may give.</summary>
    public TimeSpan Bound(int failures)
    {
        var factor = Math.Pow(2, Math.Clamp(failures, 0, 30));
        return first * factor < cap ? first * factor : cap;
    }

    private double Draw()
    {
        lock (random)
            return random.NextDouble();
    }
}
