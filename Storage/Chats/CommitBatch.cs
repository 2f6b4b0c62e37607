namespace Orleans.Chat.Storage.Chats;

/// <summary>Commits one batch in one transaction. Called by one writer at a time; different writers may overlap.</summary>
internal interface IBatchCommitter
{
    /// <summary>Never throws for a failing database: what it cannot tell is <see cref="BatchOutcome.Unknown"/>.</summary>
    Task<BatchOutcome> CommitAsync(int writer, IReadOnlyList<NumberedChange> batch);
}

/// <summary>
/// A change with the numbers that it gets if all before it in its chat are applied. Of one chat a batch holds new messages first and other
/// changes after them, all of one handle, no message id twice.
/// </summary>
/// <param name="Seq">Of a new message its seq; otherwise the head.</param>
/// <param name="Ordinal">The chat's ordinal after this change.</param>
internal readonly record struct NumberedChange(OpenChat Chat, ChatChange Change, long Seq, long Revision, long Ordinal)
{
    /// <summary>The revision that the chat must have for this change to apply.</summary>
    public long ExpectedRevision => Revision - 1;
}

internal abstract record BatchOutcome
{
    private BatchOutcome() { }

    /// <summary>The transaction is committed; one result per change, in the batch's order.</summary>
    public sealed record Done(IReadOnlyList<ChangeResult> Results) : BatchOutcome;

    /// <summary>Nothing was written, for what one of the rows is.</summary>
    public sealed record Refused(string SqlState) : BatchOutcome;

    /// <summary>Nothing was written, and the same batch may succeed at once (deadlock, serialisation).</summary>
    public sealed record Again : BatchOutcome;

    /// <summary>Nothing was written, and that is no row's fault (no connection, disk full, read-only).</summary>
    public sealed record Unavailable : BatchOutcome;

    /// <summary>It may or may not have been committed.</summary>
    public sealed record Unknown : BatchOutcome;
}

internal abstract record ChangeResult
{
    private ChangeResult() { }

    /// <summary>Written, with the numbers of the batch.</summary>
    public sealed record Applied : ChangeResult
    {
        public static Applied Instance { get; } = new();
    }

    /// <summary>Left out since the chat is not where this change expected it: an earlier change of the batch was left out or had no effect.</summary>
    public sealed record Skipped : ChangeResult
    {
        public static Skipped Instance { get; } = new();
    }

    /// <summary>Not written, and that is the answer: <see cref="CommitOutcome.Duplicate"/>, <c>NoEffect</c> or <c>Fenced</c>.</summary>
    public sealed record Answered(CommitOutcome Outcome) : ChangeResult;
}
