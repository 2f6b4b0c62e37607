using System.Globalization;
using Microsoft.Extensions.Configuration;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;
using StackExchange.Redis;

namespace Orleans.Chat.Security.Tests;

/// <summary>A real Redis with a certificate that was just made.</summary>
public sealed class RedisTlsTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new("redis-tls");
    private readonly TestAuthority _authority = new();
    private readonly int _port = FreePorts.Take();
    private RedisServer? _redis;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        if (_redis is not null)
            await _redis.DisposeAsync();
        _authority.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task A_certificate_of_the_authority_for_the_host_connects()
    {
        await StartAsync("localhost");

        await PingAsync($"localhost:{_port},ssl=true", ("AuthorityPath", Authority));
        await RefusedAsync($"127.0.0.1:{_port},ssl=true", ("AuthorityPath", Authority));
        await PingAsync($"127.0.0.1:{_port},ssl=true,sslHost=localhost", ("AuthorityPath", Authority));
    }

    [Fact]
    public async Task Another_authority_none_and_plain_TCP_are_refused()
    {
        await StartAsync("localhost");
        using var other = new TestAuthority();

        await RefusedAsync(
            $"localhost:{_port},ssl=true",
            ("AuthorityPath", other.Write(Path.Combine(_folder.Path, "other"), "x").AuthorityPath)
        );
        await RefusedAsync($"localhost:{_port},ssl=true");
        await RefusedAsync($"localhost:{_port}");
    }

    [Fact]
    public async Task A_Redis_that_asks_for_a_certificate_gets_it()
    {
        await StartAsync("localhost", "yes");
        var own = _authority.Write(Path.Combine(_folder.Path, "own"), "chat");

        await RefusedAsync($"localhost:{_port},ssl=true", ("AuthorityPath", Authority));
        await PingAsync(
            $"localhost:{_port},ssl=true",
            ("AuthorityPath", Authority),
            ("CertificatePath", own.CertificatePath),
            ("KeyPath", own.KeyPath)
        );
    }

    [Fact]
    public void Files_without_TLS_stop_the_start()
    {
        var own = _authority.Write(_folder.Path, "chat");
        var fault = Should.Throw<InvalidOperationException>(() =>
            RedisConnection.From(Configuration("localhost,password=whispered", ("AuthorityPath", own.AuthorityPath)))
        );

        fault.Message.ShouldBe("Redis:AuthorityPath is set, but ConnectionStrings:Redis has no ssl=true and would be plain.");
    }

    [Theory]
    [InlineData("localhost,password=half,whispered=half")]
    [InlineData("localhost,connectTimeout=whispered")]
    public void What_cannot_be_read_is_not_repeated(string text) =>
        Should.Throw<InvalidOperationException>(() => RedisConnection.From(Configuration(text))).ToString().ShouldNotContain("whispered");

    private string Authority => Path.Combine(_folder.Path, "server", "ca.crt");

    private async Task StartAsync(string host, string clients = "no")
    {
        var files = _authority.Write(Path.Combine(_folder.Path, "server"), host);
        string[] tls =
        [
            .. (string[])["--tls-port", _port.ToString(CultureInfo.InvariantCulture), "--tls-auth-clients", clients],
            .. (string[])
                ["--tls-cert-file", files.CertificatePath, "--tls-key-file", files.KeyPath, "--tls-ca-cert-file", files.AuthorityPath],
        ];
        _redis = new RedisServer(Path.Combine(_folder.Path, "redis"), tls);
        await _redis.StartAsync(TestContext.Current.CancellationToken);
    }

    private static async Task PingAsync(string text, params (string Name, string Value)[] options)
    {
        await using var connection = await ConnectionMultiplexer.ConnectAsync(RedisConnection.From(Configuration(text, options)));
        (await connection.GetDatabase().PingAsync()).ShouldBeGreaterThan(TimeSpan.Zero);
    }

    private static async Task RefusedAsync(string text, params (string Name, string Value)[] options) =>
        await Should.ThrowAsync<RedisConnectionException>(() =>
            ConnectionMultiplexer.ConnectAsync(RedisConnection.From(Configuration(text + ",connectRetry=1", options)))
        );

    private static IConfiguration Configuration(string text, params (string Name, string Value)[] options) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(options.Select(o => KeyValuePair.Create($"Redis:{o.Name}", (string?)o.Value)))
            .AddInMemoryCollection([KeyValuePair.Create("ConnectionStrings:Redis", (string?)text)])
            .Build();
}
