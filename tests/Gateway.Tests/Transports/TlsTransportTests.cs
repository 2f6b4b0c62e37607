using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Gateway.Transports;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Transports;

/// <summary>Which WebSockets are written to as frames when the server has a certificate (ADR 0007).</summary>
public sealed class TlsTransportTests : IDisposable
{
    private readonly TestAuthority _authority = new();
    private readonly TestFolder _folder = new("transport");
    private readonly int _port = FreePorts.Take();

    [Theory]
    [InlineData("1.1", true)]
    // RFC 8441: a stream of HTTP/2 has no upgrade to take over.
    [InlineData("2.0", false)]
    public async Task A_WebSocket_is_framed_here_over_HTTP_1_and_served_over_HTTP_2(string version, bool framed)
    {
        await using var server = await StartAsync();
        using var socket = await ConnectAsync(version);

        (await IsFramedAsync(socket)).ShouldBe(framed);
    }

    /// <summary>Kestrel opens its port anew for it, and ends who is connected by the old one: they come back, and miss nothing.</summary>
    [Fact]
    public async Task A_renewed_certificate_serves_the_next_connection()
    {
        await using var server = await StartAsync();
        using var socket = await ConnectAsync("1.1");
        var before = await CertificateAsync();

        _authority.Write(_folder.Path, "localhost");

        await Eventually.HoldsAsync(async () => await CertificateAsync() is { } now && now != before);
        await Should.ThrowAsync<Exception>(() => IsFramedAsync(socket));
    }

    public void Dispose()
    {
        _authority.Dispose();
        _folder.Delete();
    }

    private async Task<WebApplication> StartAsync()
    {
        var files = _authority.Write(_folder.Path, "localhost");
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection(
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Kestrel:Endpoints:Https:Url"] = $"https://127.0.0.1:{_port}",
                ["Kestrel:Endpoints:Https:Certificate:Path"] = files.CertificatePath,
                ["Kestrel:Endpoints:Https:Certificate:KeyPath"] = files.KeyPath,
            }
        );
        builder.Services.AddSignalR();
        var server = builder.Build();
        server.MapHub<TellingHub>("/hub").WriteFrames();
        await server.StartAsync(TestContext.Current.CancellationToken);
        return server;
    }

    private async Task<ClientWebSocket> ConnectAsync(string version)
    {
        var socket = new ClientWebSocket();
        socket.Options.HttpVersion = Version.Parse(version);
        socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
        await socket.ConnectAsync(
            new Uri($"wss://localhost:{_port}/hub"),
            new HttpMessageInvoker(_authority.Handler()),
            TestContext.Current.CancellationToken
        );
        await SayAsync(socket, """{"protocol":"json","version":1}""");
        (await NextAsync(socket)).ShouldBe("{}");
        return socket;
    }

    private static async Task<bool> IsFramedAsync(WebSocket socket)
    {
        await SayAsync(socket, """{"type":1,"invocationId":"1","target":"Framed","arguments":[]}""");
        string answer;
        while (!(answer = await NextAsync(socket)).Contains("\"type\":3", StringComparison.Ordinal))
            continue;
        return answer.Contains("\"result\":true", StringComparison.Ordinal);
    }

    private async Task<string?> CertificateAsync()
    {
        try
        {
            using var tcp = new TcpClient();
            await tcp.ConnectAsync(IPAddress.Loopback, _port);
            await using var tls = new SslStream(
                tcp.GetStream(),
                false,
                (_, certificate, _, errors) => _authority.Issued(certificate, errors)
            );
            await tls.AuthenticateAsClientAsync("localhost");
            return tls.RemoteCertificate!.GetSerialNumberString();
        }
        // The port is being opened anew: nobody listens, or who is within the handshake is cut.
        catch (Exception e) when (e is SocketException or IOException)
        {
            return null;
        }
    }

    private static Task SayAsync(WebSocket socket, string message) =>
        socket.SendAsync(
            Encoding.UTF8.GetBytes(message + '\u001e'),
            WebSocketMessageType.Text,
            endOfMessage: true,
            TestContext.Current.CancellationToken
        );

    private static async Task<string> NextAsync(WebSocket socket)
    {
        var buffer = new byte[4096];
        var got = await socket.ReceiveAsync(buffer, TestContext.Current.CancellationToken);
        if (got.MessageType == WebSocketMessageType.Close)
            throw new WebSocketException(WebSocketError.ConnectionClosedPrematurely);
        return Encoding.UTF8.GetString(buffer, 0, got.Count).TrimEnd('\u001e');
    }

    internal sealed class TellingHub : Hub
    {
        public bool Framed() => Context.GetHttpContext()!.Features.Get<FrameStream>() is not null;
    }
}
