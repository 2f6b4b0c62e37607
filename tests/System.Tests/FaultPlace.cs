using System.Net;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>A cluster for tests that break it, of a class of its own; each test of the class finds it mended.</summary>
public sealed class FaultPlace : ClusterPlace
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private RawClient? _reader;

    public ServerProcess HereGateway => Cluster.Gateways[0];

    public ServerProcess ThereGateway => Cluster.Gateways[^1];

    /// <summary>Whatever a test before has stopped, killed or paused runs again, and all gateways are ready.</summary>
    public async Task MendAsync()
    {
        IServer[] all = [Cluster.Postgres, Cluster.Redis, .. Cluster.Silos, .. Cluster.Gateways];
        foreach (var server in all)
            server.Process.Send(Signal.Continue);
        await StartAsync(Cluster.Postgres, Cluster.Redis);
        await StartAsync([.. Cluster.Silos]);
        await StartAsync([.. Cluster.Gateways]);
        foreach (var gateway in Cluster.Gateways)
            await Eventually.HoldsAsync($"{gateway.Name} is ready", TimeSpan.FromSeconds(60), () => IsReadyAsync(gateway));
        await Eventually.HoldsAsync("all silos reach the database", TimeSpan.FromSeconds(60), AreAccountsReadAsync);
    }

    /// <summary>Kills a process, and returns when it is gone.</summary>
    public static Task KillAsync(IServer server) => server.Process.KillAsync();

    public static async Task<bool> IsReadyAsync(ServerProcess server)
    {
        try
        {
            using var answer = await Http.GetAsync(new Uri(server.Url, "/health/ready"));
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (Exception e) when (e is HttpRequestException or TaskCanceledException)
        {
            return false;
        }
    }

    /// <summary>A silo whose pooled connections died finds that out by a call of somebody's: here, and not in the test that comes next.</summary>
    private async Task<bool> AreAccountsReadAsync()
    {
        // Made in the first mending, when nothing is broken yet.
        _reader ??= await NewUserAsync("reader");
        var unknown = Enumerable.Range(0, 16).Select(_ => _reader.GetAsync("users/" + Guid.CreateVersion7().ToString("N")));
        return Array.TrueForAll(await Task.WhenAll(unknown), a => a.Status == 404);
    }

    private static Task StartAsync(params IServer[] servers) =>
        Task.WhenAll(servers.Where(s => s.Process.HasExited).Select(s => s.StartAsync(TestContext.Current.CancellationToken)));
}
