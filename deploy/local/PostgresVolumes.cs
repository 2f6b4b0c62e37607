namespace Orleans.Chat.LocalCluster;

/// <summary>Volumes of PostgreSQL's own: one for its data and one for its log, as in production. Either can be full or slow by itself.</summary>
/// <param name="folder">Where they are mounted, <c>data</c> and <c>wal</c>; absolute.</param>
/// <param name="megabytes">The size of each.</param>
public sealed class PostgresVolumes(string folder, int megabytes)
{
    private readonly LoopVolume _data = new(Path.Combine(folder, "data"), megabytes);
    private readonly LoopVolume _log = new(Path.Combine(folder, "wal"), megabytes);

    /// <summary>Where the tables are.</summary>
    public string Data => _data.MountPoint;

    /// <summary>Where <c>pg_wal</c> is.</summary>
    public string Log => _log.MountPoint;

    /// <summary>What PostgreSQL is told, so that its log does not fill its volume by itself.</summary>
    public IEnumerable<string> Settings => [$"max_wal_size={megabytes / 2}MB", "min_wal_size=32MB"];

    internal async Task MountAsync(CancellationToken cancellationToken)
    {
        await _data.MountAsync(cancellationToken);
        await _log.MountAsync(cancellationToken);
    }

    internal async Task UnmountAsync()
    {
        await _data.UnmountAsync();
        await _log.UnmountAsync();
    }
}
