using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/* A client that stops reading, down to its socket: SignalR's own client would go on reading into its memory. The small receive buffer makes the
 * kernel tell the gateway soon that there is no room. */

/// <summary>A hub connection that reads its hello, and then only when it is told to.</summary>
internal sealed class StalledReader : IAsyncDisposable
{
    private const char End = '\u001e';
    private readonly ClientWebSocket _socket = new();
    private readonly SocketsHttpHandler _handler = new() { ConnectCallback = ConnectAsync };

    private StalledReader() { }

    public static async Task<StalledReader> ConnectAsync(RawClient client, CancellationToken cancellationToken)
    {
        var reader = new StalledReader();
        var url = new UriBuilder(new Uri(client.Server, "/hubs/chat")) { Scheme = "ws", Query = $"access_token={client.AccessToken}" };
        using var http = new HttpMessageInvoker(reader._handler, disposeHandler: false);
        await reader._socket.ConnectAsync(url.Uri, http, cancellationToken);
        var handshake = Encoding.UTF8.GetBytes($$"""{"protocol":"json","version":1}{{End}}""");
        await reader._socket.SendAsync(handshake, WebSocketMessageType.Text, endOfMessage: true, cancellationToken);
        await reader.ReadUntilAsync("\"hello\"", cancellationToken);
        return reader;
    }

    /// <summary>Reads on, and returns when the server has ended the connection.</summary>
    public async Task EndedAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[64 * 1024];
        try
        {
            while ((await _socket.ReceiveAsync(buffer, cancellationToken)).MessageType != WebSocketMessageType.Close) { }
        }
        catch (WebSocketException)
        {
            // Cut off, and not closed.
        }
    }

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        _handler.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task ReadUntilAsync(string mark, CancellationToken cancellationToken)
    {
        var read = new StringBuilder();
        var buffer = new byte[4 * 1024];
        while (!read.ToString().Contains(mark, StringComparison.Ordinal))
        {
            var received = await _socket.ReceiveAsync(buffer, cancellationToken);
            received.MessageType.ShouldBe(WebSocketMessageType.Text, "The server closed before its hello.");
            read.Append(Encoding.UTF8.GetString(buffer, 0, received.Count));
        }
    }

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { ReceiveBufferSize = 4 * 1024 };
        await socket.ConnectAsync(context.DnsEndPoint, cancellationToken);
        return new NetworkStream(socket, ownsSocket: true);
    }
}
