using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>Servers that are asked to end before they were ready, as a rollout that is taken back does.</summary>
public sealed class EarlyEndTests : IDisposable
{
    private readonly TestFolder _folder = new("early");

    public void Dispose() => _folder.Delete();

    [Fact]
    public Task A_gateway_that_still_waits_for_silos_ends_cleanly() =>
        EndsCleanlyAsync(ServerAssemblies.Gateway, "No way to the silos yet", ("ConnectionStrings__Redis", "127.0.0.1:1,connectRetry=1"));

    [Fact]
    public Task A_silo_that_is_still_starting_ends_cleanly() =>
        EndsCleanlyAsync(
            ServerAssemblies.Standalone,
            "Silo starting",
            ("Storage__Provider", "Sqlite"),
            ("Storage__DataDirectory", _folder.Path)
        );

    private async Task EndsCleanlyAsync(string assembly, string sign, params (string Name, string Value)[] settings)
    {
        var environment = settings.ToDictionary(s => s.Name, string? (s) => s.Value, StringComparer.Ordinal);
        environment["Urls"] = $"http://127.0.0.1:{FreePorts.Take()}";
        await using var process = ChildProcess.Start(
            new ChildCommand("server", "dotnet", [assembly], Path.Combine(_folder.Path, "server.log"))
            {
                Environment = environment,
                WorkingDirectory = Path.GetDirectoryName(assembly),
            }
        );
        await Eventually.HoldsAsync(() => process.LogTail(200).Contains(sign, StringComparison.Ordinal));

        process.Send(Signal.Terminate);

        (await process.WaitForExitAsync(TestContext.Current.CancellationToken)).ShouldBe(0, process.LogTail());
    }
}
