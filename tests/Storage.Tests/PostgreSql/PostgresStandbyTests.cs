using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Support;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>A PostgreSQL and its standby, and a connection string that names both.</summary>
public sealed class PostgresStandbyTests : IAsyncLifetime
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private readonly TestFolder _folder = new("postgres-standby");
    private readonly LocalCluster.PostgresServer _first;
    private readonly LocalCluster.PostgresServer _second;

    public PostgresStandbyTests()
    {
        _first = new LocalCluster.PostgresServer(Path.Combine(_folder.Path, "first"), 30);
        _second = new LocalCluster.PostgresServer(Path.Combine(_folder.Path, "second"), 30) { Primary = _first };
    }

    public async ValueTask InitializeAsync()
    {
        await _first.StartAsync(TestContext.Current.CancellationToken);
        await _second.StartAsync(TestContext.Current.CancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await _second.DisposeAsync();
        await _first.DisposeAsync();
        _folder.Delete();
    }

    [Fact]
    public async Task The_one_that_can_be_written_to_is_used_also_when_that_is_another()
    {
        var both = _first.ConnectionStringWith(_second);
        StorageSetup.Migrate(Configuration(both));
        await using var source = PostgresStorageExtensions.DataSource(both, null);
        (await PortAsync(source)).ShouldBe(_first.Port);

        await _first.KillAsync();
        await using (var second = NpgsqlDataSource.Create(_second.ConnectionString))
        await using (var promote = second.CreateCommand("SELECT pg_promote()"))
        {
            // It waits for 60 s itself, and then tells that it came to nothing.
            promote.CommandTimeout = 90;
            (await promote.ExecuteScalarAsync(TestContext.Current.CancellationToken)).ShouldBe(true);
        }

        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        (await EventuallyAsync(() => PortAsync(source), limit.Token)).ShouldBe(_second.Port);
        // As a silo that starts now: its pools are empty.
        NpgsqlConnection.ClearAllPools();
        StorageSetup.Migrate(Configuration(both));
    }

    [Fact]
    public void A_wish_that_there_is_not_stops_the_start() =>
        Should.Throw<ValidationException>(() => StorageSetup.Migrate(Configuration("Host=a,b;Target Session Attributes=fastest")));

    private static async Task<int> PortAsync(NpgsqlDataSource source)
    {
        // It writes: a standby refuses.
        await using var command = source.CreateCommand("CREATE TEMPORARY TABLE t () ON COMMIT DROP; SELECT inet_server_port()");
        return (int)(await command.ExecuteScalarAsync(TestContext.Current.CancellationToken))!;
    }

    private static async Task<int> EventuallyAsync(Func<Task<int>> ask, CancellationToken cancellationToken)
    {
        while (true)
        {
            try
            {
                return await ask();
            }
            catch (NpgsqlException)
            {
                // Connections of the pool that died with the first, and then a second in which the second is believed to be a standby.
                await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System, cancellationToken);
            }
        }
    }

    private static IConfiguration Configuration(string text) =>
        new ConfigurationBuilder()
            .AddInMemoryCollection(
                new Dictionary<string, string?>(StringComparer.Ordinal)
                {
                    ["Storage:Provider"] = "Postgres",
                    ["ConnectionStrings:Postgres"] = text,
                }
            )
            .Build();
}
