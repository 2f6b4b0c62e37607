namespace Orleans.Chat.Load.Chaos;

/* Faults of the processes that cluster.json names. Who is killed is to be started again by who started it (`./run.sh cluster --restart`). */

/// <summary>The built-in faults.</summary>
/// <param name="file"><c>cluster.json</c>.</param>
/// <param name="tell">Told what a fault finds out.</param>
internal sealed class LocalFaults(string file, Action<string> tell)
{
    private readonly ClusterProcesses _cluster = new(file);

    public static readonly string[] Names =
    [
        .. from verb in new[] { "kill", "pause", "stop" } from role in ClusterProcesses.Roles select $"{verb}-{role}",
        "kill-silos",
        "roll-silos",
        "roll-gateways",
        "partition-silo",
        "delay-silos",
        "loss-silos",
        "full-disk",
        "full-wal",
        "slow-disk",
        "failover-postgres",
        "clock-forward",
        "clock-back",
        "half-open",
        "add-silo",
        "remove-silo",
    ];

    /// <exception cref="ArgumentException">There is none of that name.</exception>
    public Fault Of(string name) =>
        name switch
        {
            "partition-silo" => new Partition(_cluster).Fault,
            "delay-silos" => new DelayedPackets(_cluster).Fault,
            "loss-silos" => new LostPackets(_cluster).Fault,
            "full-disk" => new FullVolume(_cluster).Data,
            "full-wal" => new FullVolume(_cluster).Log,
            "slow-disk" => new SlowDisk(_cluster).Fault,
            "failover-postgres" => new FailOver(_cluster).Fault,
            "clock-forward" => new Clock(_cluster).Forward,
            "clock-back" => new Clock(_cluster).Back,
            "half-open" => new HalfOpen(_cluster, tell).Fault,
            "add-silo" => new SiloCount(_cluster, tell).More,
            "remove-silo" => new SiloCount(_cluster, tell).Less,
            _ when Names.Contains(name, StringComparer.Ordinal) => OfProcess(name),
            _ => throw new ArgumentException($"{name} is no built-in fault; there are {string.Join(", ", Names)}.", nameof(name)),
        };

    private Fault OfProcess(string name)
    {
        var (verb, role) = (name.Split('-')[0], name.Split('-')[1]);
        return (verb, role) switch
        {
            ("roll", _) => new Fault(name, token => RollAsync(role.TrimEnd('s'), token)),
            ("kill", "silos") => new Fault(name, token => _cluster.ReplaceAsync([.. _cluster.Pids("silo").Take(2)], "KILL", token)),
            ("kill", _) => new Fault(name, token => _cluster.ReplaceAsync(ClusterProcesses.Family(First(role)), "KILL", token)),
            // Of PostgreSQL SIGTERM asks to wait until all clients have gone, which they do not.
            ("stop", "postgres") => new Fault(name, token => _cluster.ReplaceAsync([First(role)], "INT", token)),
            ("stop", _) => new Fault(name, token => _cluster.ReplaceAsync([First(role)], "TERM", token)),
            _ => Pause(name, role),
        };
    }

    private Fault Pause(string name, string role)
    {
        int[] paused = [];
        return new Fault(
            name,
            token => ClusterProcesses.SignalAsync("STOP", paused = ClusterProcesses.Family(First(role)), token),
            token => ClusterProcesses.SignalAsync("CONT", paused, token)
        );
    }

    private async Task RollAsync(string role, CancellationToken cancellationToken)
    {
        for (var i = 0; i < _cluster.Pids(role).Length; i++)
            await _cluster.ReplaceAsync([_cluster.Pids(role)[i]], "TERM", cancellationToken);
    }

    private int First(string role) => _cluster.Pids(role)[0];
}
