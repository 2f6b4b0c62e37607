using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/* A connection that is written to by way of SignalR: server-sent events, long polling, and WebSockets over HTTP/2. SignalR's own Abort waits
 * for a write that is stuck; aborting the request does not. */
internal sealed class HubPort(HubConnectionContext connection) : IConnectionPort
{
    public int SizeOf(Push push) => push.Message.GetSerializedMessage(connection.Protocol).Length;

    public ValueTask WriteAsync(Push push) => connection.WriteAsync(push.Message, CancellationToken.None);

    public void Close() => connection.Abort();

    public void Abort()
    {
        connection.GetHttpContext()?.Abort();
        connection.Abort();
    }
}
