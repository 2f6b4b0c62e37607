using System.Buffers;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/* A WebSocket that pushes are written to as frames made once for all connections, past SignalR's pipe and its WebSocket: a copy into the
 * server's buffer in place of four, and a hop between threads less. */
internal sealed class SocketPort(HubConnectionContext connection, FrameStream frames) : HubPort(connection), IConnectionPort
{
    public override int SizeOf(Push push) => push.Frame(Connection.Protocol).Length;

    public override ValueTask WriteAsync(Push push) => frames.WriteFrameAsync(push.Frame(Connection.Protocol));

    public async ValueTask WriteAsync(Push[] pushes)
    {
        var size = 0;
        foreach (var push in pushes)
            size += SizeOf(push);
        var buffer = ArrayPool<byte>.Shared.Rent(size);
        var length = 0;
        foreach (var push in pushes)
        {
            var frame = push.Frame(Connection.Protocol);
            frame.CopyTo(buffer.AsMemory(length));
            length += frame.Length;
        }
        await frames.WriteFrameAsync(buffer.AsMemory(0, length));
        ArrayPool<byte>.Shared.Return(buffer);
    }
}
