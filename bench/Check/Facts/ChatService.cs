namespace Orleans.Chat.Check.Facts;

/* How long a chat answered nobody who waited. It counts from the first attempt after an acknowledgement to the next one, without the time in which nobody
 * tried: an attempt that has no answer for half a minute is of a client that is gone. */
internal sealed class ChatService
{
    private const long Gone = 30_000_000_000;

    private long _waitsSince;
    private long _idleSince;
    private long _triedAt;
    private int _trying;
    private bool _waits;

    /// <summary>Nanoseconds, and when they ended.</summary>
    public long Longest { get; private set; }
    public long LongestEnded { get; private set; }

    public void Try(long t)
    {
        if (!_waits)
            (_waits, _waitsSince) = (true, t);
        else if (_trying == 0)
            _waitsSince += t - _idleSince;
        else if (t - _triedAt > Gone)
            _waitsSince += t - _triedAt - Gone;
        _trying++;
        _triedAt = t;
    }

    public void Acknowledge(long t)
    {
        if (_waits)
            Wait(t);
        _trying = Math.Max(0, _trying - 1);
        _waits = _trying > 0;
        _waitsSince = t;
    }

    /// <summary>An attempt ended without having been served.</summary>
    public void GiveUp(long t)
    {
        _trying = Math.Max(0, _trying - 1);
        if (_trying == 0)
            _idleSince = t;
    }

    /// <summary>The history ends, and who waits waits no longer.</summary>
    public void End(long t)
    {
        if (_waits)
            Wait(_trying == 0 ? _idleSince : Math.Min(t, _triedAt + Gone));
    }

    private void Wait(long until)
    {
        if (until - _waitsSince <= Longest)
            return;
        Longest = until - _waitsSince;
        LongestEnded = until;
    }
}
