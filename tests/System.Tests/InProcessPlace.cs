using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Silo;
using Orleans.Chat.Storage;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/* A silo and a gateway that are built as their processes build them, but in the test's own process, so that the silo can be given
 * services that disturb it. The database, Redis and all sockets are real. */
internal sealed class InProcessPlace : Place, IAsyncDisposable
{
    private readonly List<IServer> _servers = [];
    private readonly List<WebApplication> _hosts = [];
    private readonly Uri _url = new($"http://127.0.0.1:{FreePorts.Take()}");

    public override Uri Here => _url;

    public override Uri There => _url;

    public static async Task<InProcessPlace> StartAsync(string folder, Action<IServiceCollection> inSilo)
    {
        var place = new InProcessPlace();
        var postgres = new PostgresServer(Path.Combine(folder, "postgres"));
        var redis = new RedisServer(Path.Combine(folder, "redis"));
        place._servers.AddRange([postgres, redis]);
        await Task.WhenAll(postgres.StartAsync(CancellationToken.None), redis.StartAsync(CancellationToken.None));

        var silo = Builder(
            ("Urls", $"http://127.0.0.1:{FreePorts.Take()}"),
            ("ConnectionStrings:Redis", redis.ConnectionString),
            ("ConnectionStrings:Postgres", postgres.ConnectionString),
            ("Storage:Provider", "Postgres"),
            ("Cluster:SiloPort", $"{FreePorts.Take()}"),
            ("Cluster:GatewayPort", $"{FreePorts.Take()}")
        );
        silo.AddChatSilo();
        inSilo(silo.Services);
        var siloApp = silo.Build();
        StorageSetup.Migrate(siloApp.Configuration, siloApp.Logger);
        await place.RunAsync(siloApp);

        var gateway = Builder(
            ("Urls", place._url.ToString()),
            ("ConnectionStrings:Redis", redis.ConnectionString),
            ("Gateway:Name", "inside")
        );
        gateway.AddChatGatewayClient();
        gateway.AddChatGateway();
        var gatewayApp = gateway.Build();
        gatewayApp.MapChatGateway();
        await place.RunAsync(gatewayApp);
        using var http = new HttpClient();
        await Eventually.HoldsAsync(
            "the gateway is ready",
            TimeSpan.FromSeconds(60),
            async () => (await http.GetAsync(new Uri(place._url, "/health/ready"))).IsSuccessStatusCode
        );
        return place;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var host in Enumerable.Reverse(_hosts))
        {
            await host.StopAsync();
            await host.DisposeAsync();
        }
        foreach (var server in _servers)
            await server.DisposeAsync();
    }

    private static WebApplicationBuilder Builder(params (string Name, string Value)[] settings)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Configuration.AddInMemoryCollection(settings.Select(s => KeyValuePair.Create(s.Name, (string?)s.Value)));
        builder.Logging.ClearProviders();
        return builder;
    }

    private Task RunAsync(WebApplication app)
    {
        _hosts.Add(app);
        return app.StartAsync();
    }
}
