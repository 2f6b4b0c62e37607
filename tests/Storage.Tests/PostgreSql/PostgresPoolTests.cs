using Npgsql;
using Orleans.Chat.Storage.PostgreSql;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

/// <summary>How many connections a silo has, and how long a read waits for one.</summary>
public sealed class PostgresPoolTests(PostgresStorage store)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_silo_takes_few_of_a_servers_connections_and_who_finds_none_is_told_in_time()
    {
        await using var source = PostgresStorageExtensions.DataSource(store.ConnectionString, null);
        var held = new List<NpgsqlConnection>();
        try
        {
            for (var i = 0; i < 24; i++)
                held.Add(await source.OpenConnectionAsync(Ct));

            var late = await Should.ThrowAsync<NpgsqlException>(source.OpenConnectionAsync(Ct).AsTask());
            // Which a caller is told as unavailable, and may try again.
            late.IsTransient.ShouldBeTrue();
        }
        finally
        {
            foreach (var connection in held)
                await connection.DisposeAsync();
        }
    }

    [Theory]
    [InlineData("", 24, 4)]
    [InlineData(";Maximum Pool Size=100;Timeout=15", 100, 15)]
    [InlineData(";Minimum Pool Size=30", 30, 4)]
    public async Task The_connection_strings_word_is_above_ours(string words, int connections, int seconds)
    {
        await using var source = PostgresStorageExtensions.DataSource(store.ConnectionString + words, null);

        var settings = new NpgsqlConnectionStringBuilder(source.ConnectionString);
        (settings.MaxPoolSize, settings.Timeout).ShouldBe((connections, seconds));
    }

    [Theory]
    [InlineData("", "off", "0")]
    [InlineData(";Options=-c jit=on", "on", "0")]
    public async Task No_statement_is_compiled_or_run_by_several_processes_unless_the_connection_string_says_so(
        string words,
        string compiled,
        string processes
    )
    {
        await using var source = PostgresStorageExtensions.DataSource(store.ConnectionString + words, null);
        // The second is one that came back to the pool.
        for (var use = 0; use < 2; use++)
        {
            (await AskAsync(source, "SHOW jit")).ShouldBe(compiled);
            (await AskAsync(source, "SHOW max_parallel_workers_per_gather")).ShouldBe(processes);
        }
    }

    private static async Task<string> AskAsync(NpgsqlDataSource source, string question)
    {
        await using var command = source.CreateCommand(question);
        return (string)(await command.ExecuteScalarAsync(Ct))!;
    }
}
