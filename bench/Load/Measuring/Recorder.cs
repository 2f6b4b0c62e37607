using HdrHistogram;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.Load.Measuring;

/* Counts all of a run, and times what was meant to be sent while the window is open. Latency counts from the time at which a message was meant to be sent
 * and not from when it could be: a server that falls behind is not excused by a generator that waits for it. */
internal sealed class Recorder
{
    private const long LargestMicroseconds = 600_000_000;
    private const int Digits = 3;
    private readonly LongConcurrentHistogram _delivery = new(1, LargestMicroseconds, Digits);
    private readonly LongConcurrentHistogram _acknowledgement = new(1, LargestMicroseconds, Digits);
    private readonly Lock _lock = new();
    private readonly Dictionary<string, long> _problems = new(StringComparer.Ordinal);
    private long _sent;
    private long _answered;
    private long _acknowledged;
    private long _received;
    private long _own;
    private long _pushes;
    private long _expected;
    private long _from = long.MaxValue;
    private long _until = long.MaxValue;

    public Counts Now =>
        new(
            Interlocked.Read(ref _sent),
            Interlocked.Read(ref _acknowledged),
            Interlocked.Read(ref _received),
            Interlocked.Read(ref _own),
            Interlocked.Read(ref _pushes)
        );

    /// <summary>Times what is meant to be sent from here on.</summary>
    public void Open(long at) => Volatile.Write(ref _from, at);

    /// <summary>Times nothing that is meant to be sent after this.</summary>
    public void Close(long at) => Volatile.Write(ref _until, at);

    public void Sent() => Interlocked.Increment(ref _sent);

    /// <summary>Whether all that was sent is answered and delivered.</summary>
    public bool Settled => Interlocked.Read(ref _answered) == Interlocked.Read(ref _sent) && Missing == 0;

    /// <summary>Deliveries that are to come of what was acknowledged and have not come. A delivery may come before the answer.</summary>
    public long Missing => Interlocked.Read(ref _expected) - Interlocked.Read(ref _received);

    public void Acknowledged(long intended, long now, int others, string? code)
    {
        if (code is not null)
        {
            Problem(code);
            Interlocked.Increment(ref _answered);
            return;
        }
        Interlocked.Increment(ref _acknowledged);
        Interlocked.Add(ref _expected, others);
        Interlocked.Increment(ref _answered);
        if (IsTimed(intended))
            _acknowledgement.RecordValue(Microseconds(now - intended));
    }

    public void Received(long intended, long now, bool own)
    {
        Interlocked.Increment(ref own ? ref _own : ref _received);
        if (!own && IsTimed(intended))
            _delivery.RecordValue(Microseconds(now - intended));
    }

    /// <summary>One call of the client's method, with this many messages in it.</summary>
    public void Pushed(int messages)
    {
        if (messages > 0)
            Interlocked.Increment(ref _pushes);
    }

    public void Problem(string code)
    {
        lock (_lock)
            _problems[code] = _problems.GetValueOrDefault(code) + 1;
    }

    public Dictionary<string, long> Problems()
    {
        lock (_lock)
            return new Dictionary<string, long>(_problems, StringComparer.Ordinal);
    }

    public Latency Delivery() => Latency.Of(_delivery);

    public Latency Acknowledgement() => Latency.Of(_acknowledgement);

    private bool IsTimed(long intended) => intended >= Volatile.Read(ref _from) && intended <= Volatile.Read(ref _until);

    private static long Microseconds(long ticks) => Math.Clamp((long)Stamp.Microseconds(ticks), 1, LargestMicroseconds);
}

/// <summary>What a run has counted so far.</summary>
/// <param name="Received">Deliveries to others than the sender's own device.</param>
/// <param name="Own">Deliveries to the sender's own device.</param>
/// <param name="Pushes">Calls of the client's method that had messages in them.</param>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct Counts(long Sent, long Acknowledged, long Received, long Own, long Pushes)
{
    public static Counts operator -(Counts a, Counts b) =>
        new(a.Sent - b.Sent, a.Acknowledged - b.Acknowledged, a.Received - b.Received, a.Own - b.Own, a.Pushes - b.Pushes);
}

/// <summary>Milliseconds.</summary>
internal sealed record Latency(long Count, double P50, double P90, double P99, double P999, double Max)
{
    public static Latency Of(HistogramBase histogram) =>
        new(histogram.TotalCount, At(histogram, 50), At(histogram, 90), At(histogram, 99), At(histogram, 99.9), At(histogram, 100));

    private static double At(HistogramBase histogram, double percentile) =>
        histogram.TotalCount == 0 ? 0 : Math.Round(histogram.GetValueAtPercentile(percentile) / 1000.0, 3);
}
