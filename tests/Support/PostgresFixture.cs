using Npgsql;
using Orleans.Chat.LocalCluster;
using Xunit;

namespace Orleans.Chat.Support;

/// <summary>
/// One PostgreSQL for a test assembly: <c>[assembly: AssemblyFixture(typeof(PostgresFixture))]</c>. A test class takes it in its
/// constructor and works in a database of its own.
/// </summary>
public sealed class PostgresFixture : IAsyncLifetime
{
    private readonly TestFolder _folder = new("postgres");
    private readonly PostgresServer _server;

    public PostgresFixture() => _server = new PostgresServer(_folder.Path);

    /// <summary>The server, to be paused, killed and started again.</summary>
    public PostgresServer Server => _server;

    /// <summary>A new, empty database.</summary>
    public async Task<TestDatabase> CreateDatabaseAsync(CancellationToken cancellationToken = default)
    {
        var name = $"t{Guid.CreateVersion7():N}";
        await ExecuteAsync($"CREATE DATABASE {name} TEMPLATE template0", cancellationToken);
        return new TestDatabase(name, new NpgsqlConnectionStringBuilder(_server.ConnectionString) { Database = name }.ToString());
    }

    /// <summary>Drops a database and cuts off who is in it.</summary>
    public Task DropDatabaseAsync(TestDatabase database, CancellationToken cancellationToken = default) =>
        ExecuteAsync($"DROP DATABASE IF EXISTS {database.Name} WITH (FORCE)", cancellationToken);

    public async ValueTask InitializeAsync() => await _server.StartAsync(CancellationToken.None);

    public async ValueTask DisposeAsync()
    {
        await _server.StopAsync();
        await _server.DisposeAsync();
        _folder.Delete();
    }

    private async Task ExecuteAsync(string sql, CancellationToken cancellationToken)
    {
        // The server may be killed between two calls: a pool would hand out the dead connection.
        await using var connection = new NpgsqlConnection(_server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(cancellationToken);
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync(cancellationToken);
    }
}

/// <summary>A database that a test class has for itself.</summary>
public sealed record TestDatabase(string Name, string ConnectionString);
