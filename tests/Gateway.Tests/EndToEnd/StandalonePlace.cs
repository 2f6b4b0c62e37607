using Orleans.Chat.LocalCluster;

[assembly: AssemblyFixture(typeof(Orleans.Chat.EndToEnd.StandalonePlace))]

namespace Orleans.Chat.EndToEnd;

/// <summary>The one process that <c>./run.sh</c> starts, over a file.</summary>
public sealed class StandalonePlace : Place, IAsyncLifetime
{
    private readonly string _folder = Directory.CreateTempSubdirectory("orleans-chat-standalone-").FullName;
    private ServerProcess _server = null!;

    public override Uri Here => _server.Url;

    public override Uri There => _server.Url;

    public async ValueTask InitializeAsync()
    {
        _server = new ServerProcess(
            "standalone",
            ServerAssemblies.Standalone,
            new Uri($"http://127.0.0.1:{FreePorts.Take()}"),
            Path.Combine(_folder, "standalone.log"),
            new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["Storage__Provider"] = "Sqlite",
                ["Storage__DataDirectory"] = _folder,
                ["Gateway__DrainSeconds"] = "0",
            }
        );
        await _server.StartAsync(CancellationToken.None);
    }

    public async ValueTask DisposeAsync()
    {
        // A clean stop is part of what is promised, and it is felt only at the end.
        _server.Process.Send(Signal.Terminate);
        var code = await _server.Process.WaitForExitAsync();
        await _server.DisposeAsync();
        code.ShouldBe(0);
        Directory.Delete(_folder, recursive: true);
    }
}

public sealed class StandaloneMessageTests(StandalonePlace place) : MessageScenarios(place);

public sealed class StandalonePeopleTests(StandalonePlace place) : PeopleScenarios(place);
