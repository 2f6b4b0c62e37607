using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/* A connection that is written to by way of SignalR: server-sent events, long polling, and WebSockets over HTTP/2. SignalR's own Abort waits
 * for a write that is stuck; aborting the request does not. */
internal class HubPort(HubConnectionContext connection) : IConnectionPort
{
    protected HubConnectionContext Connection => connection;

    public virtual int SizeOf(Push push) => push.Message(connection.Protocol).GetSerializedMessage(connection.Protocol).Length;

    public virtual ValueTask WriteAsync(Push push) => connection.WriteAsync(push.Message(connection.Protocol), CancellationToken.None);

    public void Close() => connection.Abort();

    public void Abort()
    {
        try
        {
            connection.GetHttpContext()?.Abort();
        }
        catch (ObjectDisposedException)
        {
            // The request is over already, and with it what could be stuck.
        }
        connection.Abort();
    }
}
