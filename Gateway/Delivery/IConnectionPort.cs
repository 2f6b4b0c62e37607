namespace Orleans.Chat.Gateway.Delivery;

/// <summary>The transport of one connection.</summary>
internal interface IConnectionPort
{
    /// <summary>Bytes of the push in the connection's protocol.</summary>
    int SizeOf(Push push);

    /// <summary>Writes; incomplete while the client does not read.</summary>
    ValueTask WriteAsync(Push push);

    /// <summary>Writes these in their order, and as one where the transport can; incomplete while the client does not read.</summary>
    async ValueTask WriteAsync(Push[] pushes)
    {
        foreach (var push in pushes)
            await WriteAsync(push);
    }

    /// <summary>Ends the connection in good order.</summary>
    void Close();

    /// <summary>Ends the connection at once, also one that is stuck in a write.</summary>
    void Abort();
}
