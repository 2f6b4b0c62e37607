using Npgsql;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.RecoveryTests;

/// <summary>Where the log of a PostgreSQL is archived and its backups lie, and what an operator does with them.</summary>
internal sealed class Archive
{
    private readonly string _folder;

    public Archive(string folder)
    {
        _folder = folder;
        // The server may run as another user, who writes here and must reach the script.
        foreach (var open in (string[])[Log, Tools])
            Directory.CreateDirectory(open, AllRights);
        File.SetUnixFileMode(Log, AllRights);
        File.Copy(Path.Combine(Script.Folder, "archive.sh"), Path.Combine(Tools, "archive.sh"));
    }

    /// <summary>The archived log.</summary>
    public string Log => Path.Combine(_folder, "log");

    /// <summary>A folder for each backup.</summary>
    public string Backups => Path.Combine(_folder, "backups");

    /// <summary>What the server is started with.</summary>
    public IReadOnlyList<string> Settings =>
        ["archive_mode=on", $"archive_command={Path.Combine(Tools, "archive.sh")} {Log} \"%p\" \"%f\"", "wal_level=replica"];

    private string Tools => Path.Combine(_folder, "tools");

    private static UnixFileMode AllRights => (UnixFileMode)0b111_111_111;

    /// <summary>Takes a backup and gives its folder.</summary>
    public async Task<string> BackupAsync(PostgresServer server)
    {
        var run = await Script.RunAsync("backup.sh", server.ConnectionString, "--to", Backups, "--fast");
        run.ExitCode.ShouldBe(0, run.ToString());
        return run.Output.Trim().Split('\n')[^1];
    }

    /// <summary>Restores into a new data folder; <paramref name="target"/> is a time, or null for all that there is.</summary>
    public Task<ScriptRun> RestoreAsync(PostgresServer server, string backup, string data, string? target) =>
        Script.RunAsync(
            "restore.sh",
            server.ConnectionString,
            ["--backup", backup, "--wal", Log, "--data", data, .. target is null ? (string[])["--latest"] : ["--target-time", target]]
        );

    /// <summary>This moment, by the server's clock.</summary>
    public static async Task<string> NowAsync(PostgresServer server) =>
        (string)(await ScalarAsync(server, "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS.US') || '+00'"))!;

    /// <summary>Ends the current file of the log, and returns when all so far are in the archive.</summary>
    public static async Task SettleAsync(PostgresServer server)
    {
        var last = await ScalarAsync(server, "SELECT pg_walfile_name(pg_switch_wal())");
        await Eventually.HoldsAsync(
            $"{last} is archived",
            TimeSpan.FromSeconds(60),
            async () => await ScalarAsync(server, $"SELECT last_archived_wal >= '{last}' FROM pg_stat_archiver") is true
        );
    }

    /// <summary>The first answer of a statement.</summary>
    public static async Task<object?> ScalarAsync(PostgresServer server, string sql)
    {
        // Not from a pool: the server is killed and replaced.
        await using var connection = new NpgsqlConnection(server.ConnectionString + ";Pooling=false");
        await connection.OpenAsync(CancellationToken.None);
        await using var command = new NpgsqlCommand(sql, connection);
        return await command.ExecuteScalarAsync(CancellationToken.None);
    }
}
