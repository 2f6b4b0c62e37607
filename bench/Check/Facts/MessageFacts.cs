using Orleans.Chat.Check.Histories;

namespace Orleans.Chat.Check.Facts;

/// <summary>What is known of a message: one of these is kept for each, so what few messages have is elsewhere.</summary>
internal struct MessageFacts
{
    public int Chat;

    /// <summary>Of the first attempt.</summary>
    public int Client;
    public int Sender;
    public ulong Hash;
    public long InvokedAt;
    public LinePlace Invoked;

    /// <summary>All attempts to send it, and how they ended. One without an answer may still have an effect.</summary>
    public int Invokes;
    public int Acks;
    public int Fails;
    public int Unknowns;

    /// <summary>The first answer.</summary>
    public long AckedAt;
    public LinePlace Acked;
    public long AckedSeq;
    public long AckedRevision;

    /// <summary>The last refusal.</summary>
    public LinePlace Failed;

    /// <summary>When somebody was shown it first.</summary>
    public long SeenAt;
    public LinePlace Seen;

    /// <summary>Its place as it was told first, whoever told it.</summary>
    public long Seq;
    public LinePlace Numbered;

    /// <summary>The revision at which it was created, as it was told first.</summary>
    public long Revision;
    public LinePlace Created;

    /// <summary>The highest seq of its chat that was known to somebody before it was invoked, and whose that is: its own must be higher.</summary>
    public long FloorSeq;
    public int FloorMessage;

    /// <summary>Its row of the log at the end.</summary>
    public LinePlace Row;
    public ulong RowHash;
    public bool RowDeleted;

    /// <summary>The server's own: nobody sent it.</summary>
    public bool System;

    public readonly bool IsInvoked => Invokes > 0;

    public readonly bool IsInLog => !Row.IsNone;

    /// <summary>Every attempt was refused, which is to say that none had an effect.</summary>
    public readonly bool IsRefused => Invokes > 0 && Acks == 0 && Unknowns == 0 && Fails >= Invokes;
}
