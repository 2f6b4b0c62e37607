namespace Orleans.Chat.Check.Histories;

/* The events of one file by their time. Threads of one process read the clock and then wait for their turn to write, so neighbours may be in the wrong
 * order; a window of lines is read ahead and sorted. What comes later than that is not of one clock, and nothing can be decided from it. */
internal sealed class HistoryFile(int number, string path, EventParser parser) : IDisposable
{
    private const int Window = 1024;

    private readonly LineReader _lines = new(path);
    private readonly HistoryEvent[] _ring = new HistoryEvent[Window];
    private int _first;
    private int _count;
    private bool _atEnd;
    private long _taken;

    /// <summary>Whether its last line was cut off, as a writer that is killed leaves it.</summary>
    public bool WasCut { get; private set; }

    /// <summary>The time of the next event; false at the end.</summary>
    /// <exception cref="UnreadableException">A line is none.</exception>
    public bool TryPeek(out long t)
    {
        while (_count < Window && !_atEnd)
            ReadOne();
        t = _ring[_first].T;
        return _count > 0;
    }

    /// <summary>After <see cref="TryPeek"/> alone.</summary>
    public void Take(out HistoryEvent taken)
    {
        taken = _ring[_first];
        _taken = taken.T;
        _first = (_first + 1) % Window;
        _count--;
    }

    public void Dispose() => _lines.Dispose();

    private void ReadOne()
    {
        if (!_lines.TryRead(out var line))
        {
            _atEnd = true;
            return;
        }
        if (line.Trim(" \t\r"u8).IsEmpty)
            return;
        try
        {
            var read = parser.Parse(line, new LinePlace(number, _lines.Line));
            if (read.T < _taken)
                throw new BadLineException($"its t is before that of a line {Window} lines above");
            Insert(read);
        }
        catch (BadLineException) when (!_lines.Ended && !LineFields.IsWhole(line))
        {
            WasCut = true;
        }
        catch (BadLineException e)
        {
            throw new UnreadableException($"{path}:{_lines.Line}: {e.Message}");
        }
    }

    private void Insert(in HistoryEvent read)
    {
        var at = _count++;
        for (; at > 0 && _ring[(_first + at - 1) % Window].T > read.T; at--)
            _ring[(_first + at) % Window] = _ring[(_first + at - 1) % Window];
        _ring[(_first + at) % Window] = read;
    }
}
