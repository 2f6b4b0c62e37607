using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.Security.Tests;

/// <summary>The real processes, with secrets that are looked for afterwards, and something wrong that makes them say all they have to say.</summary>
public sealed class SecretsInLogsTests : IDisposable
{
    private const string Canary = "whispered-canary";
    private readonly TestFolder _folder = new("canary");

    public void Dispose() => _folder.Delete();

    [Theory]
    [InlineData(
        "ConnectionStrings__Postgres",
        "Host=nowhere.invalid;Username=chat;Password=" + Canary,
        "PostgreSQL at nowhere.invalid:5432"
    )]
    [InlineData("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1;Username=chat;Password=" + Canary, "PostgreSQL at 127.0.0.1:1")]
    [InlineData("ConnectionStrings__Postgres", "Host=db;Password=half;" + Canary + "=half", "is no connection string of Npgsql")]
    [InlineData("ConnectionStrings__Redis", "nowhere.invalid:6379,connectRetry=1,password=" + Canary, "Redis at nowhere.invalid:6379")]
    [InlineData("ConnectionStrings__Redis", "127.0.0.1:1,connectRetry=1,user=chat,password=" + Canary, "Redis at 127.0.0.1:1")]
    [InlineData("ConnectionStrings__Redis", "cache,password=half," + Canary + "=half", "is no connection string of StackExchange.Redis")]
    public async Task A_silo_that_cannot_start_says_why_and_no_secret(string setting, string value, string reason)
    {
        var redis = setting.EndsWith("Redis", StringComparison.Ordinal);
        await using var silo = Process(
            ServerAssemblies.Silo,
            ("Cluster__Membership", redis ? "Redis" : "Localhost"),
            ("Cluster__SiloPort", "0"),
            ("Cluster__GatewayPort", "0"),
            ("ConnectionStrings__Postgres", "Host=127.0.0.1;Port=1;Username=chat;Password=" + Canary),
            (setting, value)
        );

        await Should.ThrowAsync<ServerStartException>(() => silo.StartAsync(TestContext.Current.CancellationToken));

        var log = await File.ReadAllTextAsync(silo.Process.LogFile);
        log.ShouldContain(reason);
        log.ShouldNotContain(Canary);
    }

    [Fact]
    public async Task A_gateway_that_finds_no_Redis_says_so_and_no_secret()
    {
        await using var gateway = Process(
            ServerAssemblies.Gateway,
            ("ConnectionStrings__Redis", "127.0.0.1:1,connectRetry=1,user=chat,password=" + Canary)
        );
        using var enough = new CancellationTokenSource();
        var starting = gateway.StartAsync(enough.Token);

        await Eventually.HoldsAsync(async () =>
            (await File.ReadAllTextAsync(gateway.Process.LogFile)).Contains("No way to the silos yet: ", StringComparison.Ordinal)
        );
        await enough.CancelAsync();
        await Should.ThrowAsync<Exception>(() => starting);
        await gateway.Process.KillAsync();

        (await File.ReadAllTextAsync(gateway.Process.LogFile)).ShouldNotContain(Canary);
    }

    [Theory]
    [InlineData("Silo")]
    [InlineData("Gateway")]
    [InlineData("Standalone")]
    public async Task A_known_password_stops_each_process_outside_Development(string process)
    {
        var assembly = process switch
        {
            "Silo" => ServerAssemblies.Silo,
            "Gateway" => ServerAssemblies.Gateway,
            _ => ServerAssemblies.Standalone,
        };
        await using var server = Process(assembly, ("ConnectionStrings__Redis", "127.0.0.1:1,password=changeme"));

        await Should.ThrowAsync<ServerStartException>(() => server.StartAsync(TestContext.Current.CancellationToken));

        var log = await File.ReadAllTextAsync(server.Process.LogFile);
        log.ShouldContain("ConnectionStrings:Redis: the password is a default that everybody knows");
        log.ShouldNotContain("changeme");
    }

    private ServerProcess Process(string assembly, params (string Name, string Value)[] settings)
    {
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["Logging__LogLevel__Default"] = "Debug",
        };
        foreach (var (name, value) in settings)
            environment[name] = value;
        return new ServerProcess(
            "canary",
            assembly,
            new Uri($"http://127.0.0.1:{FreePorts.Take()}"),
            Path.Combine(_folder.Path, "canary.log"),
            environment
        );
    }
}
