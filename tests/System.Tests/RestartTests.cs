using System.Text.Json;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>The program that <c>./run.sh cluster --restart</c> runs, as a process.</summary>
public sealed class RestartTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private readonly TestFolder _folder = new("restart");
    private ChildProcess _launcher = null!;

    private string Json => Path.Combine(_folder.Path, "cluster.json");

    public async ValueTask InitializeAsync()
    {
        _launcher = ChildProcess.Start(
            new ChildCommand(
                "launcher",
                "dotnet",
                [
                    typeof(ClusterLauncher).Assembly.Location,
                    "--silos",
                    "1",
                    "--gateways",
                    "1",
                    "--port",
                    $"{FreePorts.Take()}",
                    "--data",
                    _folder.Path,
                    "--restart",
                ],
                Path.Combine(_folder.Path, "launcher.log")
            )
            {
                WhenParentDies = Signal.Terminate,
            }
        );
        await Eventually.HoldsAsync("the cluster is ready", TimeSpan.FromMinutes(2), () => Task.FromResult(File.Exists(Json)));
    }

    public async ValueTask DisposeAsync()
    {
        // Asked, and not killed: its children end with it.
        await _launcher.StopAsync(Signal.Terminate, TimeSpan.FromSeconds(60));
        await _launcher.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task What_is_killed_runs_again_and_the_file_tells_its_new_number()
    {
        await KillAsync("gateways");
        await KillAsync("silos");
    }

    private async Task KillAsync(string kind)
    {
        var before = Entry(kind);
        Kill(before.GetProperty("pid").GetInt32());

        var after = before;
        await Eventually.HoldsAsync(
            "cluster.json has the new process",
            Patience,
            () => Task.FromResult((after = Entry(kind)).GetProperty("pid").GetInt32() != before.GetProperty("pid").GetInt32())
        );

        after.GetProperty("url").GetString().ShouldBe(before.GetProperty("url").GetString());
        Directory.Exists($"/proc/{after.GetProperty("pid").GetInt32()}").ShouldBeTrue();
        using var http = new HttpClient();
        foreach (var server in (string[])["silos", "gateways"])
            await Eventually.HoldsAsync(
                $"{server} are ready",
                Patience,
                () => IsReadyAsync(http, Entry(server).GetProperty("url").GetString()!)
            );
    }

    private static async Task<bool> IsReadyAsync(HttpClient http, string url)
    {
        try
        {
            return (await http.GetAsync(new Uri(new Uri(url), "/health/ready"))).IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static void Kill(int pid)
    {
        using var process = System.Diagnostics.Process.GetProcessById(pid);
        process.Kill();
    }

    private JsonElement Entry(string kind) => JsonElement.Parse(File.ReadAllBytes(Json)).GetProperty(kind)[0];
}
