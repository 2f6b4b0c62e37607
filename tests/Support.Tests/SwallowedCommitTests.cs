using Npgsql;

namespace Orleans.Chat.Support.Tests;

/// <summary>The fault that the proxy is for: the row is committed, and who wrote it cannot know.</summary>
public sealed class SwallowedCommitTests(PostgresFixture postgres)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_commit_whose_answer_is_lost_is_an_error_to_the_client_and_a_row_in_the_table()
    {
        var database = await postgres.CreateDatabaseAsync(Ct);
        await using var direct = NpgsqlDataSource.Create(database.ConnectionString);
        await Execute(direct, "CREATE TABLE t (n int)");
        await using var proxy = new TcpProxy(postgres.Server.Port);
        var through = new NpgsqlConnectionStringBuilder(database.ConnectionString)
        {
            Port = proxy.Port,
            CommandTimeout = 1,
            CancellationTimeout = -1,
        };
        await using var source = NpgsqlDataSource.Create(through);
        await Execute(source, "SELECT 1");

        var forwarded = proxy.SwallowAnswersAfter("INSERT INTO t"u8.ToArray());
        await Should.ThrowAsync<NpgsqlException>(() => Execute(source, "INSERT INTO t VALUES (7)"));

        await forwarded.WaitAsync(TimeSpan.FromSeconds(5), TimeProvider.System, Ct);
        await using var count = direct.CreateCommand("SELECT count(*) FROM t");
        (await count.ExecuteScalarAsync(Ct)).ShouldBe(1L);
        proxy.Pass();
        await Execute(source, "INSERT INTO t VALUES (8)");
    }

    private static async Task Execute(NpgsqlDataSource source, string sql)
    {
        await using var command = source.CreateCommand(sql);
        await command.ExecuteNonQueryAsync(Ct);
    }
}
