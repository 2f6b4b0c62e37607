namespace Orleans.Chat.Load.Chaos;

/* As a fail-over manager does it: the first is dead for good, which is seen some seconds later, and the standby is promoted. The first must not come back by
 * itself: ./run.sh cluster --standby does not start it again. */

/// <summary>PostgreSQL dies, and its standby takes its place.</summary>
internal sealed class FailOver(ClusterProcesses cluster)
{
    private static readonly TimeSpan UntilSeen = TimeSpan.FromSeconds(2);

    public Fault Fault => new("failover-postgres", BeginAsync);

    private async Task BeginAsync(CancellationToken cancellationToken)
    {
        var standby =
            cluster.Text("standby", "dsn")
            ?? throw new InvalidOperationException("This fault needs a standby: ./run.sh cluster --standby.");
        await ClusterProcesses.SignalAsync("KILL", ClusterProcesses.Family(cluster.Pids("postgres")[0]), cancellationToken);
        await Task.Delay(UntilSeen, TimeProvider.System, cancellationToken);
        await Tool.RunAsync("psql", [standby, "-Xqtc", "SELECT 1 / pg_promote()::int"], cancellationToken);
        await cluster.WaitReadyAsync(cancellationToken);
    }
}
