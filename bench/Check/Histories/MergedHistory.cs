namespace Orleans.Chat.Check.Histories;

/// <summary>The events of several files as one history, by time: the clock is the machine's.</summary>
internal sealed class MergedHistory : IDisposable
{
    private readonly HistoryFile[] _files;
    private readonly PriorityQueue<int, (long, int)> _next = new();

    /// <exception cref="UnreadableException">A file cannot be opened.</exception>
    public MergedHistory(IReadOnlyList<string> paths, EventParser parser)
    {
        _files = new HistoryFile[paths.Count];
        for (var i = 0; i < _files.Length; i++)
        {
            try
            {
                _files[i] = new HistoryFile(i, paths[i], parser);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                Dispose();
                throw new UnreadableException($"{paths[i]}: {e.Message}");
            }
        }
    }

    public int CutLines => _files.Count(f => f.WasCut);

    /// <exception cref="UnreadableException">A line is none.</exception>
    public IEnumerable<HistoryEvent> Events()
    {
        for (var i = 0; i < _files.Length; i++)
        {
            if (_files[i].TryPeek(out var t))
                _next.Enqueue(i, (t, i));
        }
        while (_next.TryPeek(out var i, out _))
        {
            _files[i].Take(out var taken);
            yield return taken;
            if (_files[i].TryPeek(out var t))
                _next.DequeueEnqueue(i, (t, i));
            else
                _next.Dequeue();
        }
    }

    public void Dispose()
    {
        foreach (var file in _files)
            file?.Dispose();
    }
}
