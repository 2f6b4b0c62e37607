namespace Orleans.Chat.Grains.Interfaces;

/// <summary>
/// A grain could not read or write its store. It stands for the driver's exception, whose type callers need not have and whose text is not theirs to see.
/// </summary>
[GenerateSerializer, Alias("store-exception")]
public sealed class StoreException : Exception
{
    /// <inheritdoc/>
    public StoreException() { }

    /// <inheritdoc/>
    public StoreException(string message)
        : base(message) { }

    /// <inheritdoc/>
    public StoreException(string message, Exception innerException)
        : base(message, innerException) { }

    /// <summary>Whether the same call may succeed later: <c>unavailable</c>, and otherwise <c>internal</c>.</summary>
    [Id(0)]
    public bool Transient { get; init; }
}
