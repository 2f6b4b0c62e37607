namespace Orleans.Chat.Check.Histories;

/// <summary>The lines of a file one after the other, in a buffer that they share: a line is good until the next is asked for.</summary>
internal sealed class LineReader(string path) : IDisposable
{
    /// <summary>Longer than this is no line but a file of another kind.</summary>
    public const int LongestLine = 1 << 20;

    private readonly FileStream _file = new(
        path,
        FileMode.Open,
        FileAccess.Read,
        FileShare.ReadWrite,
        bufferSize: 0,
        FileOptions.SequentialScan
    );
    private byte[] _buffer = new byte[1 << 16];
    private int _start;
    private int _end;

    public string Path => path;

    /// <summary>The number of the line that was read last, from 1.</summary>
    public long Line { get; private set; }

    /// <summary>Whether that line ended; the last one of a file may be cut off.</summary>
    public bool Ended { get; private set; }

    /// <exception cref="UnreadableException">The line is too long.</exception>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        var searched = 0;
        while (true)
        {
            var at = _buffer.AsSpan(_start + searched, _end - _start - searched).IndexOf((byte)'\n');
            if (at >= 0)
            {
                line = _buffer.AsSpan(_start, searched + at);
                _start += searched + at + 1;
                Ended = true;
                Line++;
                return true;
            }
            searched = _end - _start;
            if (!Fill())
                break;
        }
        line = _buffer.AsSpan(_start, _end - _start);
        _start = _end;
        Ended = false;
        if (line.IsEmpty)
            return false;
        Line++;
        return true;
    }

    public void Dispose() => _file.Dispose();

    private bool Fill()
    {
        if (_start > 0)
        {
            _buffer.AsSpan(_start, _end - _start).CopyTo(_buffer);
            _end -= _start;
            _start = 0;
        }
        if (_end == _buffer.Length)
        {
            if (_end > LongestLine)
                throw new UnreadableException($"{path}:{Line + 1}: it is longer than {LongestLine} bytes");
            Array.Resize(ref _buffer, _buffer.Length * 2);
        }
        var read = _file.Read(_buffer.AsSpan(_end));
        _end += read;
        return read > 0;
    }
}
