using System.Globalization;

namespace Orleans.Chat.Load.Chaos;

/* The ballast is of blocks that are taken and never written. It is laid in pieces, each half of what was too large, until not even one block is left: what the
 * file system needs for itself is in no figure that it gives. */

/// <summary>A volume of PostgreSQL's that has no space left.</summary>
internal sealed class FullVolume(ClusterProcesses cluster)
{
    private const long Block = 4096;
    private const int MostSwitches = 50;

    /// <summary>Tables cannot grow: PostgreSQL serves reads, and refuses what needs space.</summary>
    public Fault Data => new("full-disk", token => FillAsync(Volume("data_volume"), token), _ => Empty("data_volume"));

    /// <summary>The log cannot go on: PostgreSQL stops, and cannot start before there is space.</summary>
    public Fault Log => new("full-wal", FillLogAsync, HealLogAsync);

    private async Task FillLogAsync(CancellationToken cancellationToken)
    {
        await FillAsync(Volume("log_volume"), cancellationToken);
        // Segments that were used before are used again, so it goes on until it needs one that there is not.
        var dsn = cluster.Text("postgres", "dsn")!;
        const string NextSegment = "SELECT pg_create_restore_point('full'), pg_switch_wal()";
        for (var i = 0; (await Tool.TryAsync("psql", [dsn, "-Xqtc", NextSegment], cancellationToken)).Code == 0; i++)
        {
            if (i == MostSwitches)
                throw new InvalidOperationException("The log's volume is full and PostgreSQL goes on.");
        }
    }

    private async Task HealLogAsync(CancellationToken cancellationToken)
    {
        await Empty("log_volume");
        // By who started it: ./run.sh cluster --restart tries each second.
        await cluster.WaitReadyAsync(cancellationToken);
    }

    private static async Task FillAsync(string volume, CancellationToken cancellationToken)
    {
        var piece = new DriveInfo(volume).AvailableFreeSpace;
        for (var number = 0; piece >= Block; number++)
        {
            var length = piece.ToString(CultureInfo.InvariantCulture);
            if ((await Tool.TryAsync("fallocate", ["-l", length, Ballast(volume, number)], cancellationToken)).Code != 0)
                piece /= 2;
        }
    }

    private Task Empty(string volume)
    {
        foreach (var file in Directory.EnumerateFiles(Volume(volume), Path.GetFileName(Ballast("", 0))[..^1] + "*"))
            File.Delete(file);
        return Task.CompletedTask;
    }

    private static string Ballast(string volume, int number) =>
        Path.Combine(volume, string.Create(CultureInfo.InvariantCulture, $"ballast-{number}"));

    private string Volume(string name) =>
        cluster.Text("postgres", name)
        ?? throw new InvalidOperationException("This fault needs PostgreSQL on volumes: ./run.sh cluster --volumes 256.");
}
