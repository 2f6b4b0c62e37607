using System.Collections.Concurrent;

namespace Orleans.Chat.Load.Wire;

/* One thread that reads all sockets as they have something to read. The runtime's own way (a thread that waits, a queue, workers that are woken, a second
 * read that finds nothing) costs about twice as much for small pushes to many sockets, and it is paid from the cores that are measured. */
internal sealed class SocketLoop
{
    private const int AtOnce = 256;
    private readonly Epoll _epoll = new(AtOnce);
    private readonly ConcurrentDictionary<int, WebSocketPipe> _pipes = new();

    private SocketLoop() => new Thread(Run) { IsBackground = true, Name = "sockets" }.Start();

    public static SocketLoop Shared { get; } = new();

    public void Add(int descriptor, WebSocketPipe pipe)
    {
        _pipes[descriptor] = pipe;
        _epoll.Watch(descriptor, Readiness.Read);
    }

    /// <summary>Whether to tell this one also when it can be written to.</summary>
    public void AwaitWrite(int descriptor, bool write) =>
        _epoll.Change(descriptor, write ? Readiness.Read | Readiness.Write : Readiness.Read);

    private void Run()
    {
        while (true)
        {
            var count = _epoll.Wait();
            for (var i = 0; i < count; i++)
            {
                // A descriptor is given again after it was closed; to a pipe that is not meant, being told is harmless.
                var (descriptor, what) = _epoll[i];
                _pipes[descriptor].Ready(what);
            }
        }
    }
}
