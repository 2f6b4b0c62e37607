using System.Net;
using System.Net.Sockets;

namespace Orleans.Chat.Support.Tests;

public sealed class TcpProxyTests : IAsyncLifetime
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly List<byte> _received = [];
    private readonly TaskCompletionSource _marked = new();
    private TcpProxy _proxy = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_disturbed_passes_both_ways()
    {
        using var client = await Connect();

        (await Ask(client, "hello")).ShouldBe("hello");
        (await Ask(client, "again")).ShouldBe("again");
    }

    [Fact]
    public async Task A_cut_resets_connections_and_lets_new_ones_through()
    {
        using var client = await Connect();
        await Ask(client, "hello");

        _proxy.Cut();

        await Should.ThrowAsync<SocketException>(() => Ask(client, "lost"));
        using var next = await Connect();
        (await Ask(next, "hello")).ShouldBe("hello");
    }

    [Fact]
    public async Task A_swallowed_answer_is_lost_though_the_server_got_the_message()
    {
        using var client = await Connect();
        (await Ask(client, "hello")).ShouldBe("hello");

        var forwarded = _proxy.SwallowAnswersAfter("MARK"u8.ToArray());
        await client.SendAsync("before MA"u8.ToArray(), Ct);
        await client.SendAsync("RK after"u8.ToArray(), Ct);
        await forwarded.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Ct);
        await _marked.Task.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Ct);

        await ShouldHearNothing(client, "before MA");
        using var other = await Connect();
        (await Ask(other, "MARK")).ShouldBe("MARK", "the fault is for one message");
    }

    [Fact]
    public async Task A_server_that_goes_silent_is_heard_again_on_a_new_connection()
    {
        using var client = await Connect();
        _proxy.SwallowAnswers();
        await client.SendAsync("lost"u8.ToArray(), Ct);
        await ShouldHearNothing(client, "");

        _proxy.Pass();

        using var next = await Connect();
        (await Ask(next, "hello")).ShouldBe("hello");
    }

    [Fact]
    public async Task While_it_refuses_nobody_gets_through()
    {
        _proxy.Refuse();

        await Should.ThrowAsync<SocketException>(async () => await Ask(await Connect(), "hello"));
    }

    public ValueTask InitializeAsync()
    {
        _listener.Start();
        _proxy = new TcpProxy(((IPEndPoint)_listener.LocalEndpoint).Port);
        _ = Echo();
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        await _proxy.DisposeAsync();
        _listener.Dispose();
    }

    private async Task<Socket> Connect()
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, _proxy.Port, Ct);
        return socket;
    }

    private static async Task<string> Ask(Socket socket, string text)
    {
        await socket.SendAsync(System.Text.Encoding.UTF8.GetBytes(text), Ct);
        var buffer = new byte[100];
        var read = await socket.ReceiveAsync(buffer, Ct).AsTask().WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Ct);
        return read == 0 ? throw new SocketException() : System.Text.Encoding.UTF8.GetString(buffer, 0, read);
    }

    // All that may come is the echo of what was sent before the mark.
    private static async Task ShouldHearNothing(Socket socket, string but)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        var heard = new List<byte>();
        var buffer = new byte[100];
        try
        {
            while (await socket.ReceiveAsync(buffer, limit.Token) is var read and > 0)
                heard.AddRange(buffer.Take(read));
        }
        catch (OperationCanceledException)
        {
            // Nothing more came.
        }
        but.ShouldStartWith(System.Text.Encoding.UTF8.GetString([.. heard]));
    }

    private async Task Echo()
    {
        while (true)
        {
            var socket = await _listener.AcceptSocketAsync(Ct);
            _ = EchoOne(socket);
        }
    }

    private async Task EchoOne(Socket socket)
    {
        var buffer = new byte[1024];
        while (await socket.ReceiveAsync(buffer, Ct) is var read and > 0)
        {
            _received.AddRange(buffer.Take(read));
            if (_received.Count > 4 && System.Text.Encoding.UTF8.GetString([.. _received]).Contains("MARK", StringComparison.Ordinal))
                _marked.TrySetResult();
            await socket.SendAsync(buffer.AsMemory(0, read), Ct);
        }
    }
}
