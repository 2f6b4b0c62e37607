using Microsoft.AspNetCore.SignalR;

namespace Orleans.Chat.Gateway.Delivery;

/* The transport of a hub connection. SignalR's own Abort waits for a write that is stuck; aborting the request does not. */
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
