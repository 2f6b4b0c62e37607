namespace Orleans.Chat.Gateway.Delivery;

/// <summary>The transport of one connection.</summary>
internal interface IConnectionPort
{
    /// <summary>Bytes of the push in the connection's protocol.</summary>
    int SizeOf(Push push);

    /// <summary>Writes; incomplete while the client does not read.</summary>
    ValueTask WriteAsync(Push push);

    /// <summary>Ends the connection in good order.</summary>
    void Close();

    /// <summary>Ends the connection at once, also one that is stuck in a write.</summary>
    void Abort();
}
