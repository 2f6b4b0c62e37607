namespace Orleans.Chat.Check.Promises;

/// <summary>What a history is held to. The number is that of the promise in docs/guarantees.md of which it is a part.</summary>
internal enum Promise
{
    /// <summary>1: what was answered as sent is in the log at the end, and its content with it unless somebody deleted it.</summary>
    AcknowledgedLost,

    /// <summary>1: nobody is shown what was never sent, or not yet, or is not in the log.</summary>
    Phantom,

    /// <summary>4, and how an error is to be read: what was refused has no effect.</summary>
    RefusedVisible,

    /// <summary>4: a message has the body and the sender that it was sent with, or the body of an edit.</summary>
    Corrupt,

    /// <summary>2: a seq and a revision mean the same for everybody, rise together, and have no holes.</summary>
    Order,

    /// <summary>2: what was sent after somebody knew of another message comes after it.</summary>
    RealTime,

    /// <summary>3: a client's messages to a chat are in the order in which it sent them.</summary>
    Fifo,

    /// <summary>4: a message that was sent repeatedly is there once, and each answer is the first.</summary>
    Idempotent,

    /// <summary>5: a client applies no revision before the one before it.</summary>
    Gap,

    /// <summary>5: a client applies no revision twice.</summary>
    Duplicate,

    /// <summary>6: a client resumes where it was, and gets all that followed.</summary>
    Resume,

    /// <summary>9: cursors never go back, and read is never ahead of delivered, nor of the head.</summary>
    Cursors,

    /// <summary>8: a read shows what was acknowledged to its client before.</summary>
    ReadYourWrites,

    /// <summary>10: who was removed gets nothing that came after.</summary>
    Leak,

    /// <summary>6: the last edit that was acknowledged stays, and every change shows at least what it made.</summary>
    Edits,

    /// <summary>11: the content of what is deleted is not shown any more.</summary>
    Deleted,

    /// <summary>6: who still follows a chat at the end is where the chat is.</summary>
    Convergence,

    /// <summary>How old it may be, presence: nobody is shown a state for long after it ended.</summary>
    Presence,
}

/// <summary>How a promise is called and what it says, for who reads a verdict.</summary>
internal sealed record PromiseText(Promise Promise, string Id, int? Guarantee, string Says)
{
    public static IReadOnlyList<PromiseText> All { get; } =
    [
        new(Promise.AcknowledgedLost, "acknowledged-lost", 1, "What was acknowledged is in the log"),
        new(Promise.Phantom, "phantom", 1, "What is shown was sent, and is in the log"),
        new(Promise.RefusedVisible, "refused-visible", 4, "What was refused had no effect"),
        new(Promise.Corrupt, "corrupt", 4, "Bodies and senders are those that were sent"),
        new(Promise.Order, "order", 2, "seq and revision are dense, and the same for all"),
        new(Promise.RealTime, "real-time", 2, "What was sent later comes later"),
        new(Promise.Fifo, "fifo", 3, "A client's messages keep their order"),
        new(Promise.Idempotent, "idempotent", 4, "A repeat changes nothing, and is answered alike"),
        new(Promise.Gap, "gap", 5, "No applied revision is skipped"),
        new(Promise.Duplicate, "duplicate", 5, "No revision is applied twice"),
        new(Promise.Resume, "resume", 6, "Who resumes gets all that followed"),
        new(Promise.Cursors, "cursors", 9, "Cursors only grow: read, delivered, head"),
        new(Promise.ReadYourWrites, "read-your-writes", 8, "A read shows what was acknowledged before it"),
        new(Promise.Leak, "leak", 10, "Who was removed gets nothing more"),
        new(Promise.Edits, "edits", 6, "The last acknowledged edit stays"),
        new(Promise.Deleted, "deleted", 11, "What is deleted is not shown again"),
        new(Promise.Convergence, "convergence", 6, "Who follows ends where the chat is"),
        new(Promise.Presence, "presence", null, "No presence is stale for longer than the bound"),
    ];

    public static PromiseText Of(Promise promise) => All[(int)promise];
}
