using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/* A WebSocket that pushes are written to as frames made once for all connections, past SignalR's pipe and its WebSocket: a copy into the
 * server's buffer in place of four, and a hop between threads less. */
internal sealed class SocketPort(HubConnectionContext connection, FrameStream frames) : IConnectionPort
{
    public int SizeOf(Push push) => push.Frame(connection.Protocol).Length;

    public ValueTask WriteAsync(Push push) => frames.WriteFrameAsync(push.Frame(connection.Protocol));

    public void Close() => connection.Abort();

    public void Abort()
    {
        connection.GetHttpContext()?.Abort();
        connection.Abort();
    }
}
