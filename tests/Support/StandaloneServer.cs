using Orleans.Chat.LocalCluster;
using Xunit;

namespace Orleans.Chat.Support;

/// <summary>
/// The one process that <c>./run.sh</c> starts, over a file. It keeps its port and its data over restarts, so that a test may kill it and
/// start it again.
/// </summary>
public sealed class StandaloneServer : IAsyncLifetime
{
    private readonly TestFolder _folder = new("standalone");
    private readonly ServerProcess _server;

    /// <summary>With options as the environment names them, <c>Section__Property</c>.</summary>
    public StandaloneServer(params (string Name, string Value)[] options)
        : this(FreePorts.Take(), options) { }

    /// <summary>On a port of the caller's choice.</summary>
    public StandaloneServer(int port, params (string Name, string Value)[] options)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Storage__Provider"] = "Sqlite",
            ["Storage__DataDirectory"] = Data,
            ["Gateway__DrainSeconds"] = "0",
        };
        foreach (var (name, value) in options)
            environment[name] = value;
        _server = new ServerProcess(
            "standalone",
            ServerAssemblies.Standalone,
            new Uri($"http://localhost:{port}"),
            Path.Combine(_folder.Path, "standalone.log"),
            environment
        );
    }

    /// <summary>Where it listens.</summary>
    public Uri Url => _server.Url;

    /// <summary>Where it keeps everything.</summary>
    public string Data => Path.Combine(_folder.Path, "data");

    /// <summary>The running process.</summary>
    public ChildProcess Process => _server.Process;

    /// <summary>Starts it, on the data that there are, and waits until it is ready.</summary>
    public async Task StartAsync()
    {
        Directory.CreateDirectory(Data);
        await _server.StartAsync(CancellationToken.None);
    }

    /// <summary>Ends it without a word, as a power cut would.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <summary>Asks it to end, and gives its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Process.Send(Signal.Terminate);
        return await Process.WaitForExitAsync();
    }

    public async ValueTask InitializeAsync() => await StartAsync();

    /// <summary>A clean stop is part of what is promised, and it is felt only at the end.</summary>
    public async ValueTask DisposeAsync()
    {
        var running = !Process.HasExited;
        var code = running ? await StopAsync() : 0;
        await _server.DisposeAsync();
        if (code != 0)
            throw new InvalidOperationException($"The server ended with {code}:\n{await File.ReadAllTextAsync(Process.LogFile)}");
        _folder.Delete();
    }
}
