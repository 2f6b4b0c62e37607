using System.Net;
using System.Net.Sockets;

namespace Orleans.Chat.Support;

/// <summary>One connection through a <see cref="TcpProxy"/>.</summary>
internal sealed class ProxiedConnection(TcpProxy proxy, Socket client) : IDisposable
{
    private readonly Socket _server = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private volatile bool _swallowing;

    public bool IsSwallowing => _swallowing || proxy.Swallows;

    public async Task RunAsync(IPEndPoint server, CancellationToken cancellationToken)
    {
        client.NoDelay = true;
        await _server.ConnectAsync(server, cancellationToken);
        var up = UpAsync(cancellationToken);
        var down = DownAsync(cancellationToken);
        await await Task.WhenAny(up, down);
    }

    /// <summary>With a reset and not a goodbye, as a machine that is gone.</summary>
    public void Cut()
    {
        foreach (var socket in (Socket[])[client, _server])
        {
            try
            {
                socket.LingerState = new LingerOption(enable: true, seconds: 0);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException)
            {
                // It is gone already.
            }
            socket.Dispose();
        }
    }

    public void Dispose() => Cut();

    private async Task UpAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        // The end of what was read before stays in front, for a mark that lies over the border.
        var kept = 0;
        while (await client.ReceiveAsync(buffer.AsMemory(kept, buffer.Length - kept), cancellationToken) is var read and > 0)
        {
            var order = proxy.TakeOrderFor(buffer.AsSpan(0, kept + read), kept);
            // Before the bytes leave: the answer may be here before the next line.
            _swallowing |= order is not null;
            await _server.SendAsync(buffer.AsMemory(kept, read), cancellationToken);
            order?.Done();
            var end = kept + read;
            kept = Math.Min(end, 256);
            buffer.AsSpan(end - kept, kept).CopyTo(buffer);
        }
        if (!IsSwallowing)
            _server.Shutdown(SocketShutdown.Send);
    }

    private async Task DownAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        while (await _server.ReceiveAsync(buffer, cancellationToken) is var read and > 0)
        {
            if (!IsSwallowing)
                await client.SendAsync(buffer.AsMemory(0, read), cancellationToken);
        }
        if (!IsSwallowing)
            client.Shutdown(SocketShutdown.Send);
        else
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
    }
}
