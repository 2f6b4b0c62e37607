using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>What is known of a chat.</summary>
internal sealed class ChatFacts
{
    /// <summary>Which message is at a seq, as it was told first, and where.</summary>
    public Dictionary<long, (int Message, LinePlace Place)> Slots { get; } = [];

    /// <summary>Messages in the order in which they were first invoked.</summary>
    public List<int> Invoked { get; } = [];

    /// <summary>The highest seq that somebody knows, whose it is, and since when.</summary>
    public long KnownSeq { get; set; }
    public int KnownMessage { get; set; }
    public long KnownAt { get; set; }

    /// <summary>The lowest revision at which a client began; null while none did.</summary>
    public long? Begun { get; set; }

    /// <summary>When the log began to be read at the end: what was acknowledged before must be in it.</summary>
    public long LogReadAt { get; set; } = long.MaxValue;

    /// <summary>The seq of the last row of the log.</summary>
    public long LastRow { get; set; }

    /// <summary>The head at the end; without it nothing is said of what is not in the log.</summary>
    public LinePlace Head { get; set; }
    public long HeadSeq { get; set; }
    public long HeadRevision { get; set; }
    public long HeadAt { get; set; }

    public bool HasLog => !Head.IsNone;
}
