namespace Orleans.Chat.LocalCluster;

/* The first waits for the second with each commit only once the second follows: before that, nothing would be committed. It is written into the first's own
 * configuration, which the second, a copy from before, does not have: promoted, it waits for nobody. */

/// <summary>Has one PostgreSQL acknowledge what another has too.</summary>
internal sealed class SynchronousStandby(PostgresServer first, PostgresServer second)
{
    /// <summary>The application's name with which a standby comes.</summary>
    public const string ApplicationName = "standby";

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <summary>Returns when every commit of the first waits for the second.</summary>
    public async Task BeginAsync(CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(Patience);
        try
        {
            while (!await AnswersAsync("SELECT 1 / count(*) FROM pg_stat_replication WHERE state = 'streaming'", limit.Token))
                await Task.Delay(Step, TimeProvider.System, limit.Token);
            await AnswersAsync($"ALTER SYSTEM SET synchronous_standby_names = '{ApplicationName}'", limit.Token);
            await AnswersAsync("SELECT pg_reload_conf()", limit.Token);
            while (!await AnswersAsync("SELECT 1 / count(*) FROM pg_stat_replication WHERE sync_state = 'sync'", limit.Token))
                await Task.Delay(Step, TimeProvider.System, limit.Token);
        }
        catch (OperationCanceledException e) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ServerStartException(
                $"{second.Name} does not follow. Its log, {second.Process.LogFile}, ends:\n{second.Process.LogTail()}",
                e
            );
        }
    }

    private async Task<bool> AnswersAsync(string sql, CancellationToken cancellationToken)
    {
        var log = Path.Combine(Path.GetDirectoryName(first.Process.LogFile)!, "psql.log");
        var psql = new ChildCommand("psql", Path.Combine(PostgresPrograms.Find(), "psql"), [first.Dsn, "-Xqtc", sql], log);
        return await ChildProcess.RunAsync(psql, cancellationToken) == 0;
    }
}
