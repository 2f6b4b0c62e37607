using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>What is known of a client: one device of one user.</summary>
internal sealed class ClientFacts
{
    public int User { get; set; } = HistoryEvent.None;

    public long ConnectedAt { get; set; }

    /// <summary>When it wrote last: of one that was killed nothing is known afterwards.</summary>
    public long LastAt { get; set; }

    /// <summary>When it got something from the server last.</summary>
    public long HeardAt { get; set; }
}
