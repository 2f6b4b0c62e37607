using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Orleans.Chat.Support;

/* Between a client and a server, for the faults that a network has. The one that matters most is the swallowed answer: the server did what
 * it was asked, and the client cannot know. `SwallowAnswersAfter` arms it: the next client bytes that contain the mark are forwarded, and
 * nothing that the server says on that connection after them is. TCP does not split what a driver writes in one go at loopback sizes, but
 * it may: the mark is looked for over the border of two reads. */

/// <summary>A TCP proxy on a loopback port that loses, delays and cuts on demand.</summary>
public sealed class TcpProxy : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _closed = new();
    private readonly ConcurrentDictionary<ProxiedConnection, bool> _connections = new();
    private readonly Task _accepting;
    private SwallowOrder? _order;
    private volatile bool _refuses;
    private volatile bool _swallows;

    public TcpProxy(int serverPort)
    {
        _server = new IPEndPoint(IPAddress.Loopback, serverPort);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    /// <summary>Where clients connect.</summary>
    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    /// <summary>How many connections there are now.</summary>
    public int Connections => _connections.Count;

    /// <summary>Everything passes again, on new connections; those that had something swallowed are cut.</summary>
    public void Pass()
    {
        (_refuses, _swallows, _order) = (false, false, null);
        foreach (var connection in _connections.Keys.Where(c => c.IsSwallowing))
            connection.Cut();
    }

    /// <summary>Resets all connections that there are. New ones are let through.</summary>
    public void Cut()
    {
        foreach (var connection in _connections.Keys)
            connection.Cut();
    }

    /// <summary>Resets all connections, and new ones at once, until <see cref="Pass"/>.</summary>
    public void Refuse()
    {
        _refuses = true;
        Cut();
    }

    /// <summary>From now on nothing that the server says arrives, on any connection, until <see cref="Pass"/>; what clients say does.</summary>
    public void SwallowAnswers() => _swallows = true;

    /// <summary>
    /// Arms one fault: the next client message with these bytes reaches the server, and its answer is lost. The task completes when the
    /// message was forwarded.
    /// </summary>
    public Task SwallowAnswersAfter(ReadOnlyMemory<byte> mark)
    {
        var order = new SwallowOrder(mark.ToArray());
        _order = order;
        return order.Forwarded;
    }

    public async ValueTask DisposeAsync()
    {
        await _closed.CancelAsync();
        _listener.Dispose();
        Cut();
        await _accepting;
        _closed.Dispose();
    }

    internal bool Swallows => _swallows;

    /// <summary>The armed fault, if these bytes carry its mark and not only the first <paramref name="old"/> of them; it is disarmed by that.</summary>
    internal SwallowOrder? TakeOrderFor(ReadOnlySpan<byte> bytes, int old) =>
        Volatile.Read(ref _order) is { } order
        && bytes[Math.Max(0, old - order.Mark.Length + 1)..].IndexOf(order.Mark) >= 0
        && Interlocked.CompareExchange(ref _order, null, order) == order
            ? order
            : null;

    private async Task AcceptAsync()
    {
        while (!_closed.IsCancellationRequested)
        {
            Socket client;
            try
            {
                client = await _listener.AcceptSocketAsync(_closed.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
            _ = ServeAsync(client);
        }
    }

    private async Task ServeAsync(Socket client)
    {
        using var connection = new ProxiedConnection(this, client);
        _connections[connection] = true;
        try
        {
            if (!_refuses)
                await connection.RunAsync(_server, _closed.Token);
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // What a cut connection says.
        }
        finally
        {
            _connections.TryRemove(connection, out _);
        }
    }
}

/// <summary>One armed loss of an answer.</summary>
internal sealed class SwallowOrder(byte[] mark)
{
    private readonly TaskCompletionSource _forwarded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public byte[] Mark => mark;

    public Task Forwarded => _forwarded.Task;

    public void Done() => _forwarded.TrySetResult();
}
