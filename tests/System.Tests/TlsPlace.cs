using System.Globalization;
using System.Security.Cryptography;
using Npgsql;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>
/// Two silos and a gateway as processes, and nothing in plain between any two of them: mutual TLS in the cluster, PostgreSQL and Redis with
/// certificates, https for clients, and secrets as files. They log all that there is to log.
/// </summary>
public sealed class TlsPlace : IAsyncLifetime
{
    private const string PeerName = "orleans-chat.internal";
    private readonly TestFolder _folder = new("tls");
    private readonly TestAuthority _foreign = new("another authority");
    private readonly int _redisPort = FreePorts.Take();
    private readonly int _httpsPort = FreePorts.Take();
    private readonly string _redisPassword = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
    private readonly List<IServer> _started = [];
    private PostgresServer _postgres = null!;

    public TestAuthority Authority { get; } = new();

    public Uri Https => new($"https://localhost:{_httpsPort}");

    public ServerProcess Gateway { get; private set; } = null!;

    public IReadOnlyList<ServerProcess> Silos { get; private set; } = [];

    /// <summary>What must be in no log.</summary>
    public string[] Secrets => [_redisPassword, new NpgsqlConnectionStringBuilder(_postgres.ConnectionString).Password!];

    public async ValueTask InitializeAsync()
    {
        var ct = TestContext.Current.CancellationToken;
        var server = Authority.Write(Folder("server"), "localhost");
        var database = Authority.Write(Folder("database"), "localhost");
        await TestAuthority.GiveToPostgresAsync(database);
        _postgres = new PostgresServer(
            Folder("postgres"),
            100,
            "ssl=on",
            $"ssl_cert_file={database.CertificatePath}",
            $"ssl_key_file={database.KeyPath}"
        );
        string[] tls =
        [
            .. (string[])["--tls-port", Text(_redisPort), "--tls-auth-clients", "no"],
            .. (string[])
                ["--tls-cert-file", server.CertificatePath, "--tls-key-file", server.KeyPath, "--tls-ca-cert-file", server.AuthorityPath],
            .. (string[])["--user", "chat", "on", $">{_redisPassword}", "~*", "&*", "+@all"],
        ];
        await StartAsync(_postgres, new RedisServer(Folder("redis"), tls));
        WriteSecrets();
        Silos = [.. Enumerable.Range(1, 2).Select(n => Silo($"silo-{n}", Authority))];
        await StartAsync([.. Silos]);
        Gateway = NewGateway(server);
        await StartAsync(Gateway);
    }

    /// <summary>One that differs from the others in its certificate alone.</summary>
    public ServerProcess ForeignSilo() => Watched(Silo("foreign", _foreign));

    /// <summary>A third that does not.</summary>
    public ServerProcess ThirdSilo() => Watched(Silo("silo-3", Authority));

    public async ValueTask DisposeAsync()
    {
        foreach (var server in Enumerable.Reverse(_started))
            await server.DisposeAsync();
        Authority.Dispose();
        _foreign.Dispose();
        _folder.Delete();
    }

    private ServerProcess Silo(string name, TestAuthority authority) =>
        Process(
            name,
            ServerAssemblies.Silo,
            authority,
            ("Secrets__Directory", Folder("silo-secrets")),
            ("Cluster__SiloPort", Text(FreePorts.Take())),
            ("Cluster__GatewayPort", Text(FreePorts.Take()))
        );

    private ServerProcess NewGateway(TestCertificate https)
    {
        var gateway = Process(
            "gateway",
            ServerAssemblies.Gateway,
            Authority,
            ("Secrets__Directory", Folder("gateway-secrets")),
            ("Gateway__DrainSeconds", "0"),
            ("RateLimits__Enabled", "false"),
            ("Kestrel__Endpoints__Https__Url", Https.ToString()),
            ("Kestrel__Endpoints__Https__Certificate__Path", https.CertificatePath),
            ("Kestrel__Endpoints__Https__Certificate__KeyPath", https.KeyPath)
        );
        return gateway;
    }

    private ServerProcess Process(string name, string assembly, TestAuthority authority, params (string Name, string Value)[] own)
    {
        using var certificate = authority.Issue(PeerName);
        var files = TestAuthority.Write(Folder(name), certificate, Authority.Certificate);
        var url = new Uri($"http://127.0.0.1:{FreePorts.Take()}");
        var environment = new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            // Not the developer's, who may take a known password.
            ["DOTNET_ENVIRONMENT"] = "Production",
            ["Logging__LogLevel__Default"] = "Debug",
            ["Cluster__ClusterId"] = "tls",
            ["Cluster__Tls__CertificatePath"] = files.CertificatePath,
            ["Cluster__Tls__KeyPath"] = files.KeyPath,
            ["Cluster__Tls__AuthorityPath"] = files.AuthorityPath,
            ["Cluster__Tls__PeerName"] = PeerName,
            ["Redis__AuthorityPath"] = files.AuthorityPath,
            ["Kestrel__Endpoints__Http__Url"] = url.ToString(),
        };
        foreach (var (variable, value) in own)
            environment[variable] = value;
        return new ServerProcess(name, assembly, url, Path.Combine(_folder.Path, "logs", $"{name}.log"), environment);
    }

    private void WriteSecrets()
    {
        var redis = $"localhost:{_redisPort},ssl=true,user=chat,password={_redisPassword}";
        var postgres = new NpgsqlConnectionStringBuilder(_postgres.ConnectionString)
        {
            Host = "localhost",
            SslMode = SslMode.VerifyFull,
            RootCertificate = Path.Combine(Folder("server"), "ca.crt"),
        };
        Directory.CreateDirectory(Folder("silo-secrets"));
        Directory.CreateDirectory(Folder("gateway-secrets"));
        File.WriteAllText(Path.Combine(Folder("silo-secrets"), "ConnectionStrings__Postgres"), postgres.ConnectionString);
        File.WriteAllText(Path.Combine(Folder("silo-secrets"), "ConnectionStrings__Redis"), redis);
        File.WriteAllText(Path.Combine(Folder("gateway-secrets"), "ConnectionStrings__Redis"), redis);
    }

    private async Task StartAsync(params IServer[] servers)
    {
        _started.AddRange(servers);
        await Task.WhenAll(servers.Select(s => s.StartAsync(TestContext.Current.CancellationToken)));
    }

    private ServerProcess Watched(ServerProcess server)
    {
        _started.Add(server);
        return server;
    }

    private string Folder(string name) => Path.Combine(_folder.Path, name);

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
