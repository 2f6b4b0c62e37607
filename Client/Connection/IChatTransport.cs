using System.Text.Json;

namespace Orleans.Chat.Client.Connection;

/// <summary>Calls of the hub's methods.</summary>
internal interface IHubCalls
{
    /// <summary>Calls and awaits the answer.</summary>
    /// <exception cref="ChatProblemException">The server refused.</exception>
    /// <exception cref="ChatDisconnectedException">There is no connection, or it broke before the answer.</exception>
    Task<T> InvokeAsync<T>(string method, object? argument, CancellationToken cancellationToken);

    /// <summary>Calls and awaits nothing but the writing.</summary>
    /// <exception cref="ChatDisconnectedException">There is no connection.</exception>
    Task SendAsync(string method, object? argument, CancellationToken cancellationToken);
}

/// <summary>
/// One connection to the hub, used once: begun, ended, thrown away. The seam where tests put a server of their own.
/// </summary>
internal interface IChatTransport : IHubCalls, IAsyncDisposable
{
    /// <summary>Begins. <paramref name="onEvents"/> gets the arrays of events one after the other, in the order of the wire.</summary>
    /// <exception cref="ChatProblemException">Refused: the token, with the code <c>unauthenticated</c>, or for now, with the time to wait.</exception>
    /// <exception cref="ChatDisconnectedException">The server was not reached.</exception>
    Task StartAsync(Action<JsonElement> onEvents, CancellationToken cancellationToken);

    /// <summary>Ends when the connection did, for whatever reason; never fails.</summary>
    Task Closed { get; }
}
