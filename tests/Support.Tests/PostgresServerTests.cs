using Npgsql;
using Orleans.Chat.LocalCluster;

namespace Orleans.Chat.Support.Tests;

public sealed class PostgresServerTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Each_test_class_gets_a_database_of_its_own()
    {
        var (one, other) = (await postgres.CreateDatabaseAsync(Ct), await postgres.CreateDatabaseAsync(Ct));
        await Scalar(one.ConnectionString, "CREATE TABLE t (n int); SELECT 1");

        (await Scalar(other.ConnectionString, "SELECT to_regclass('t') IS NULL")).ShouldBe(true);
        await postgres.DropDatabaseAsync(one, Ct);
        await Should.ThrowAsync<PostgresException>(() => Scalar(one.ConnectionString, "SELECT 1"));
    }

    [Fact]
    public async Task It_is_as_durable_as_production()
    {
        (await Scalar(postgres.Server.ConnectionString, "SHOW fsync")).ShouldBe("on");
        (await Scalar(postgres.Server.ConnectionString, "SHOW synchronous_commit")).ShouldBe("on");
    }

    [Fact]
    public async Task What_was_committed_is_there_after_a_kill_and_the_pid_is_the_new_postmasters()
    {
        var folder = new TestFolder("kill");
        await using var server = new PostgresServer(folder.Path, maxConnections: 20);
        await server.StartAsync(Ct);
        server.Pid.ShouldBe(server.Process.Pid);
        await Scalar(server.ConnectionString, "CREATE TABLE t (n int); INSERT INTO t VALUES (7); SELECT 1");
        var killed = server.Pid;

        await server.KillAsync();
        // Its children end a moment after it, and until then a new one is refused.
        await Eventually(() => server.StartAsync(Ct));

        server.Pid.ShouldNotBe(killed);
        (await Scalar(server.ConnectionString, "SELECT n FROM t")).ShouldBe(7);
        (await server.StopAsync()).ShouldBeTrue();
        folder.Delete();
    }

    [Fact]
    public async Task A_folder_that_is_closed_to_its_user_works_too()
    {
        var folder = new TestFolder("closed");
        File.SetUnixFileMode(folder.Path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var pointer = Path.Combine(folder.Path, "elsewhere");
        await using (var server = new PostgresServer(folder.Path, maxConnections: 20))
        {
            await server.StartAsync(Ct);
            (await Scalar(server.ConnectionString, "SELECT 1")).ShouldBe(1);
        }

        if (File.Exists(pointer))
            Directory.Delete(await File.ReadAllTextAsync(pointer, Ct), recursive: true);
        folder.Delete();
    }

    private static async Task<object?> Scalar(string connectionString, string sql)
    {
        await using var connection = new NpgsqlConnection(connectionString + ";Pooling=false");
        await connection.OpenAsync(Ct);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(Ct);
    }

    private static async Task Eventually(Func<Task> action)
    {
        for (var i = 0; ; i++)
        {
            try
            {
                await action();
                return;
            }
            catch (ServerStartException) when (i < 20)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(250), TimeProvider.System, Ct);
            }
        }
    }
}
