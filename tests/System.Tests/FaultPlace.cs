using System.Net;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>A cluster for tests that break it, of a class of its own; each test of the class finds it mended.</summary>
public sealed class FaultPlace : ClusterPlace
{
    private static readonly HttpClient Http = new() { Timeout = TimeSpan.FromSeconds(5) };

    private RawClient? _writer;

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
        await Eventually.HoldsAsync("writes are served", TimeSpan.FromSeconds(60), AreWritesServedAsync);
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

    /// <summary>
    /// A silo whose pooled connections died finds that out by a call of somebody's: here, and not in the test that comes next. By writes, which a
    /// gateway does not repeat by itself.
    /// </summary>
    private async Task<bool> AreWritesServedAsync()
    {
        // Made in the first mending, when nothing is broken yet.
        _writer ??= await NewUserAsync("writer");
        var written = Enumerable.Range(0, 16).Select(_ => _writer.PostAsync("chats", new { type = "group", name = "Mended" }));
        return Array.TrueForAll(await Task.WhenAll(written), a => a.Status == 201);
    }

    private static Task StartAsync(params IServer[] servers) =>
        Task.WhenAll(servers.Where(s => s.Process.HasExited).Select(s => s.StartAsync(TestContext.Current.CancellationToken)));
}
