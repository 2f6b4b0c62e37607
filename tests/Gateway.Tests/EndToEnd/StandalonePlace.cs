using Orleans.Chat.LocalCluster;

[assembly: AssemblyFixture(typeof(Orleans.Chat.EndToEnd.StandalonePlace))]

namespace Orleans.Chat.EndToEnd;

/// <summary>The one process that <c>./run.sh</c> starts, over a file.</summary>
public class StandalonePlace : Place, IAsyncLifetime
{
    private ServerProcess _server = null!;

    public override Uri Here => _server.Url;

    public override Uri There => _server.Url;

    /// <summary>Its own, until it ends.</summary>
    protected string Folder { get; } = Directory.CreateTempSubdirectory("orleans-chat-standalone-").FullName;

    /// <summary>Where it listens on loopback, in plain.</summary>
    protected int Port { get; } = FreePorts.Take();

    /// <summary>What is set beside what every test needs.</summary>
    protected virtual IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>(StringComparer.Ordinal);

    public virtual async ValueTask InitializeAsync()
    {
        _server = new ServerProcess(
            "standalone",
            ServerAssemblies.Standalone,
            new Uri($"http://127.0.0.1:{Port}"),
            Path.Combine(Folder, "standalone.log"),
            new Dictionary<string, string?>(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Storage__Provider"] = "Sqlite",
                    ["Storage__DataDirectory"] = Folder,
                    ["Gateway__DrainSeconds"] = "0",
                    // How many rounds there are is tested elsewhere; here there are hundreds of users.
                    ["Auth__PasswordIterations"] = "1000",
                    // One user makes all the bad calls there are.
                    ["RateLimits__RequestsAtOnce"] = "1000000",
                    ["RateLimits__SendsAtOnce"] = "1000000",
                    ["RateLimits__ChatSendsAtOnce"] = "1000000",
                    ["RateLimits__CallsAtOnce"] = "1000000",
                }
                    .Where(s => !Settings.ContainsKey(s.Key))
                    .Concat(Settings),
                StringComparer.Ordinal
            )
        );
        await _server.StartAsync(CancellationToken.None);
    }

    /// <summary>All that the server wrote so far.</summary>
    public Task<string> LogAsync() => File.ReadAllTextAsync(_server.Process.LogFile);

    /// <summary>Ends it as an operator would, and gives its exit code.</summary>
    public Task<int> StopAsync()
    {
        _server.Process.Send(Signal.Terminate);
        return _server.Process.WaitForExitAsync();
    }

    public virtual async ValueTask DisposeAsync()
    {
        // A clean stop is part of what is promised, and it is felt only at the end.
        var code = await StopAsync();
        var log = await LogAsync();
        await _server.DisposeAsync();
        code.ShouldBe(0);
        LoggedSecrets.ShouldBeNoneIn(log);
        Directory.Delete(Folder, recursive: true);
        GC.SuppressFinalize(this);
    }
}

public sealed class StandaloneMessageTests(StandalonePlace place) : MessageScenarios(place);

public sealed class StandalonePeopleTests(StandalonePlace place) : PeopleScenarios(place);
