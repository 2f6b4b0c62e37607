using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

internal enum Outcome : byte
{
    /// <summary>None that is certain: it may have had an effect, or have it yet.</summary>
    Open,
    Done,
    Refused,
}

/// <summary>One attempt to edit or to delete a message.</summary>
internal sealed class Attempt(in HistoryEvent e)
{
    public int Client { get; } = e.Client;
    public ulong Hash { get; } = e.Hash;
    public LinePlace Place { get; } = e.Place;

    /// <summary>Whether a line answered it: what is unknown was answered, and is open.</summary>
    public bool Answered { get; set; }
    public Outcome Outcome { get; set; }
    public long Revision { get; set; }
    public long DoneAt { get; set; }
    public LinePlace DonePlace { get; set; }
}

/// <summary>The edits, or the deletions, of the messages that have any. There is no key for a repeat: it is an attempt of its own.</summary>
internal sealed class EditLog
{
    private readonly Dictionary<int, List<Attempt>> _attempts = [];

    public IEnumerable<KeyValuePair<int, List<Attempt>>> All => _attempts;

    public IReadOnlyList<Attempt> Of(int message) => _attempts.TryGetValue(message, out var attempts) ? attempts : [];

    public void Begin(in HistoryEvent e)
    {
        if (!_attempts.TryGetValue(e.Message, out var attempts))
            _attempts.Add(e.Message, attempts = []);
        attempts.Add(new Attempt(e));
    }

    /// <summary>Ends the attempt that the answer is of. When it may be of several, they stay open: each may have had an effect.</summary>
    public void End(in HistoryEvent e, Outcome outcome)
    {
        if (Answered(e) is not { } attempt)
            return;
        attempt.Answered = true;
        attempt.Outcome = outcome;
        if (outcome != Outcome.Done)
            return;
        attempt.Revision = e.Revision;
        attempt.DoneAt = e.T;
        attempt.DonePlace = e.Place;
    }

    private Attempt? Answered(in HistoryEvent e)
    {
        Attempt? found = null;
        foreach (var attempt in Of(e.Message))
        {
            if (attempt.Answered || attempt.Client != e.Client || (e.Hash != 0 && attempt.Hash != e.Hash))
                continue;
            // Deletions are all alike, and so are edits to the same body.
            if (found is not null && found.Hash != attempt.Hash)
                return null;
            found ??= attempt;
        }
        return found;
    }
}
