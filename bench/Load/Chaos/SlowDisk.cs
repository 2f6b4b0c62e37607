namespace Orleans.Chat.Load.Chaos;

/* The volume of PostgreSQL's log is frozen for most of the time, and thawed for long enough that what waited gets through: each commit takes a fraction of a
 * second. That needs neither a device-mapper nor a version of cgroups, and is what a disk looks like that others saturate. */

/// <summary>A disk on which each commit takes nearly half a second.</summary>
internal sealed class SlowDisk(ClusterProcesses cluster)
{
    private static readonly TimeSpan Frozen = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Thawed = TimeSpan.FromMilliseconds(50);
    private Task _running = Task.CompletedTask;
    private volatile bool _ended;

    public Fault Fault => new("slow-disk", BeginAsync, HealAsync);

    private Task BeginAsync(CancellationToken cancellationToken)
    {
        var volume =
            cluster.Text("postgres", "log_volume")
            ?? throw new InvalidOperationException("This fault needs PostgreSQL on volumes: ./run.sh cluster --volumes 256.");
        _running = RunAsync(volume);
        return Task.CompletedTask;
    }

    private async Task RunAsync(string volume)
    {
        while (!_ended)
        {
            await Tool.RunAsync("fsfreeze", ["-f", volume], CancellationToken.None);
            await Task.Delay(Frozen, TimeProvider.System, CancellationToken.None);
            await Tool.RunAsync("fsfreeze", ["-u", volume], CancellationToken.None);
            await Task.Delay(Thawed, TimeProvider.System, CancellationToken.None);
        }
    }

    private Task HealAsync(CancellationToken cancellationToken)
    {
        _ended = true;
        return _running;
    }
}
