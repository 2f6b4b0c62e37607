using System.Net;
using System.Net.Sockets;

namespace Orleans.Chat.LocalCluster;

/// <summary>A private Redis on a loopback port that keeps what it is given: append-only file, synchronised every second, nothing evicted.</summary>
/// <param name="folder">Its own.</param>
/// <param name="settings">Further arguments of <c>redis-server</c>.</param>
public sealed class RedisServer(string folder, params IReadOnlyList<string> settings) : IServer
{
    private ChildProcess? _process;

    /// <summary>The same over restarts.</summary>
    public int Port { get; } = FreePorts.Take();

    /// <inheritdoc />
    public string Name => "redis";

    /// <inheritdoc />
    public ChildProcess Process => _process ?? throw new InvalidOperationException("Redis was not started.");

    /// <summary>As <c>redis://</c>, for tools.</summary>
    public string Url => $"redis://127.0.0.1:{Port}";

    /// <summary>For StackExchange.Redis.</summary>
    public string ConnectionString => $"127.0.0.1:{Port}";

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        string[] arguments =
        [
            .. (string[])["--bind", "127.0.0.1", "--port", $"{Port}", "--dir", Path.GetFullPath(folder), "--daemonize", "no"],
            .. (string[])["--appendonly", "yes", "--appendfsync", "everysec", "--save", "", "--maxmemory-policy", "noeviction"],
            .. settings,
        ];
        _process = ChildProcess.Start(
            new ChildCommand(Name, "redis-server", arguments, Path.Combine(folder, "redis.log")) { WhenParentDies = Signal.Terminate }
        );
        await Readiness.WaitAsync(_process, AnswersAsync, TimeSpan.FromSeconds(30), cancellationToken);
    }

    /// <inheritdoc />
    public Task<bool> StopAsync() => _process?.StopAsync(Signal.Terminate, TimeSpan.FromSeconds(10)) ?? Task.FromResult(true);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    private async Task<bool> AnswersAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            var stream = client.GetStream();
            await stream.WriteAsync("PING\r\n"u8.ToArray(), cancellationToken);
            var answer = new byte[5];
            await stream.ReadExactlyAsync(answer, cancellationToken);
            // While it loads its file it answers -LOADING.
            return answer.AsSpan().SequenceEqual("+PONG"u8);
        }
        catch (Exception e) when (e is SocketException or IOException)
        {
            return false;
        }
    }
}
