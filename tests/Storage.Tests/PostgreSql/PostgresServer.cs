using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Npgsql;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>A private PostgreSQL on a free loopback port with its data in a temporary folder, fsync on. One per run.</summary>
public sealed class PostgresServer : IAsyncLifetime
{
    private const string Bin = "/usr/lib/postgresql/15/bin";
    private readonly string _data = Directory.CreateTempSubdirectory("chat-storage-").FullName;

    public string ConnectionString { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        var port = FreePort();
        await RunAsync("chown", "postgres", _data);
        await RunAsync("runuser", "-u", "postgres", "--", $"{Bin}/initdb", "-D", _data, "-A", "trust", "-E", "UTF8", "--locale=C", "-N");
        await RunAsync(
            "runuser",
            "-u",
            "postgres",
            "--",
            $"{Bin}/pg_ctl",
            "-D",
            _data,
            "-w",
            "-l",
            $"{_data}/log",
            "-o",
            string.Create(CultureInfo.InvariantCulture, $"-p {port} -k {_data} -c listen_addresses=127.0.0.1 -c max_connections=200"),
            "start"
        );
        ConnectionString = new NpgsqlConnectionStringBuilder
        {
            Host = "127.0.0.1",
            Port = port,
            Username = "postgres",
            Database = "postgres",
        }.ConnectionString;
    }

    public async ValueTask DisposeAsync()
    {
        await RunAsync("runuser", "-u", "postgres", "--", $"{Bin}/pg_ctl", "-D", _data, "-m", "immediate", "stop");
        Directory.Delete(_data, recursive: true);
    }

    /// <summary>A new database, with the schema in it unless told otherwise.</summary>
    public async Task<string> NewDatabaseAsync(bool migrate = true)
    {
        var name = "d" + Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture);
        await using (var admin = NpgsqlDataSource.Create(ConnectionString))
        {
            await using var command = admin.CreateCommand($"CREATE DATABASE {name}");
            await command.ExecuteNonQueryAsync(TestContext.Current.CancellationToken);
        }
        var database = new NpgsqlConnectionStringBuilder(ConnectionString) { Database = name, IncludeErrorDetail = true }.ConnectionString;
        if (migrate)
            Migrations.UpgradePostgres(database);
        return database;
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }

    private static async Task RunAsync(string file, params string[] arguments)
    {
        // Not redirected: the server would hold the pipe open.
        using var process = Process.Start(new ProcessStartInfo(file, arguments) { WorkingDirectory = "/" })!;
        await process.WaitForExitAsync(CancellationToken.None);
        if (process.ExitCode != 0)
            throw new InvalidOperationException($"{file} {string.Join(' ', arguments)} ended with {process.ExitCode}.");
    }
}
