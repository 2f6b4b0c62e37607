using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>When faults lasted, from the line of their begin to that of their end, and how long the sends took that began meanwhile.</summary>
internal sealed class FaultTimes
{
    private readonly List<(long Begin, long End)> _windows = [];
    private readonly List<long> _sends = [];
    private long _begin;
    private int _lasting;

    /// <summary>Whether the history has a fault that begins and ends.</summary>
    public bool Any => _windows.Count > 0;

    /// <summary>How many sends began meanwhile and were acknowledged, sooner or later.</summary>
    public long Sends => _sends.Count;

    public void Take(in HistoryEvent e)
    {
        if (e.Word == Word.Begin && _lasting++ == 0)
            _begin = e.T;
        else if (e.Word == Word.End && _lasting > 0 && --_lasting == 0)
            _windows.Add((_begin, e.T));
    }

    public void Count(long begun, long took)
    {
        if (_windows.Exists(w => begun >= w.Begin && begun <= w.End))
            _sends.Add(took);
    }

    /// <summary>The nanoseconds within which this part of them was acknowledged, by the nearest rank; 0 where there is none.</summary>
    public long Within(double part)
    {
        if (_sends.Count == 0)
            return 0;
        _sends.Sort();
        return _sends[Math.Max(0, (int)Math.Ceiling(part * _sends.Count) - 1)];
    }
}
