using Microsoft.Extensions.Configuration;
using Npgsql;
using Orleans.Chat.Support;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>A real PostgreSQL with a certificate that was just made, and what a silo does first.</summary>
public sealed class PostgresTlsTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new("postgres-tls");
    private readonly TestAuthority _authority = new();
    private LocalCluster.PostgresServer _postgres = null!;

    public async ValueTask InitializeAsync()
    {
        var files = _authority.Write(Path.Combine(_folder.Path, "server"), "localhost");
        await TestAuthority.GiveToPostgresAsync(files);
        _postgres = new LocalCluster.PostgresServer(
            Path.Combine(_folder.Path, "postgres"),
            20,
            "ssl=on",
            $"ssl_cert_file={files.CertificatePath}",
            $"ssl_key_file={files.KeyPath}"
        );
        await _postgres.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _postgres.DisposeAsync();
        _authority.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task The_authority_and_the_host_are_right_and_the_schema_is_made_over_TLS()
    {
        var text = Text("localhost", _authority);
        StorageSetup.Migrate(Configuration(text));

        await using var connection = new NpgsqlConnection(text);
        await connection.OpenAsync(TestContext.Current.CancellationToken);
        await using var command = new NpgsqlCommand("SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid()", connection);
        (await command.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe("TLSv1.3");
    }

    [Fact]
    public void Another_authority_and_another_host_stop_the_start_and_say_why()
    {
        using var other = new TestAuthority();

        Complaint(Text("localhost", other)).ShouldContain("certificate");
        Complaint(Text("127.0.0.1", _authority)).ShouldContain("certificate");
        Complaint(Text("localhost", _authority) + ";Root Certificate=/no/such/file").ShouldContain("/no/such/file");
    }

    [Theory]
    [InlineData("Host=localhost;Password=half;whispered=half")]
    [InlineData("Host=localhost;Port=whispered")]
    public void What_cannot_be_read_is_not_repeated(string text) =>
        Should.Throw<Exception>(() => StorageSetup.Migrate(Configuration(text))).ToString().ShouldNotContain("whispered");

    private static string Complaint(string text)
    {
        var message = Should.Throw<InvalidOperationException>(() => StorageSetup.Migrate(Configuration(text))).Message;
        var settings = new NpgsqlConnectionStringBuilder(text);
        message.ShouldStartWith($"PostgreSQL at {settings.Host}:{settings.Port} (ConnectionStrings:Postgres) cannot be used: ");
        message.ShouldNotContain(settings.Password!);
        return message;
    }

    private string Text(string host, TestAuthority authority) =>
        new NpgsqlConnectionStringBuilder(_postgres.ConnectionString)
        {
            Host = host,
            SslMode = SslMode.VerifyFull,
            RootCertificate = authority.Write(Path.Combine(_folder.Path, $"{Guid.CreateVersion7():N}"), "x").AuthorityPath,
        }.ConnectionString;

    private static IConfiguration Configuration(string text) =>
        new ConfigurationBuilder().AddInMemoryCollection([KeyValuePair.Create("ConnectionStrings:Postgres", (string?)text)]).Build();
}
