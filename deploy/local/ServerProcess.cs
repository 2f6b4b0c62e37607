using System.Net;

namespace Orleans.Chat.LocalCluster;

/// <summary>A silo or gateway: a dotnet process with its configuration in the environment, ready when its health page says so.</summary>
public sealed class ServerProcess(string name, string assembly, Uri url, string logFile, IReadOnlyDictionary<string, string?> environment)
    : IServer
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(2) };

    private ChildProcess? _process;

    /// <inheritdoc />
    public string Name => name;

    /// <summary>Where it listens.</summary>
    public Uri Url => url;

    /// <summary>Its configuration.</summary>
    public IReadOnlyDictionary<string, string?> Settings => environment;

    /// <inheritdoc />
    public ChildProcess Process => _process ?? throw new InvalidOperationException($"{name} was not started.");

    /// <summary>The user that it runs as; null is this process's.</summary>
    public string? User { get; init; }

    /// <summary>How long a stop may take before it is a kill: a gateway drains for 10 s.</summary>
    public TimeSpan StopPatience { get; init; } = TimeSpan.FromSeconds(30);

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        _process = ChildProcess.Start(
            new ChildCommand(name, Environment.ProcessPath is { } host && IsDotnet(host) ? host : "dotnet", [assembly], logFile)
            {
                Environment = new Dictionary<string, string?>(environment, StringComparer.Ordinal)
                {
                    ["Urls"] = url.GetLeftPart(UriPartial.Authority),
                    // They would win over, or be confused with, what is set here.
                    ["ASPNETCORE_URLS"] = null,
                    ["ASPNETCORE_HTTP_PORTS"] = null,
                },
                WorkingDirectory = Path.GetDirectoryName(assembly),
                User = User,
            }
        );
        await Readiness.WaitAsync(_process, IsReadyAsync, TimeSpan.FromSeconds(90), cancellationToken);
    }

    /// <inheritdoc />
    public Task<bool> StopAsync() => _process?.StopAsync(Signal.Terminate, StopPatience) ?? Task.FromResult(true);

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
    }

    private async Task<bool> IsReadyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(url, "/health/ready"), cancellationToken);
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
        catch (TaskCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return false;
        }
    }

    private static bool IsDotnet(string path) => Path.GetFileNameWithoutExtension(path) == "dotnet";
}
