using Npgsql;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.RecoveryTests;

/// <summary>A PostgreSQL that archives, with the schema and a backup.</summary>
public sealed class BackedUp : IAsyncLifetime
{
    private readonly TestFolder _folder = new("backed-up");

    internal Archive Archive { get; private set; } = null!;

    internal PostgresServer Server { get; private set; } = null!;

    internal string Backup { get; private set; } = "";

    /// <summary>A path below which nothing is yet.</summary>
    internal string New(string name) => Path.Combine(_folder.Path, "restored", name);

    public async ValueTask InitializeAsync()
    {
        Archive = new Archive(_folder.Path);
        Server = new PostgresServer(Path.Combine(_folder.Path, "postgres"), maxConnections: 20, Archive.Settings);
        await Server.StartAsync(TestContext.Current.CancellationToken);
        foreach (var migration in Script.Migrations)
            await Archive.ScalarAsync(Server, migration);
        await Archive.ScalarAsync(
            Server,
            """
            INSERT INTO chats (chat_id, type, settings, created_at, updated_at, epoch, member_view, incarnation, head_seq, revision, member_count, is_public)
            VALUES ('c', 'group', '{}', now(), now(), 1, 1, 'i', 2, 3, 0, false);
            INSERT INTO changes (chat_id, revision, kind, head_seq, at) VALUES ('c', 1, 9, 0, now());
            INSERT INTO messages (chat_id, seq, message_id, sender_id, content, type, created_at, updated_at, created_revision, revision, ordinal, fingerprint)
            VALUES ('c', 1, 'm1', 'u', 'x', 'text', now(), now(), 2, 2, 1, ''), ('c', 2, 'm2', 'u', 'x', 'text', now(), now(), 3, 3, 2, '')
            """
        );
        Backup = await Archive.BackupAsync(Server);
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _folder.Delete();
    }
}

/// <summary>What the scripts refuse, and what they leave when they fail.</summary>
public sealed class RestoreTests(BackedUp place) : IClassFixture<BackedUp>
{
    [Fact]
    public async Task A_time_without_a_zone_is_refused()
    {
        var run = await place.Archive.RestoreAsync(place.Server, place.Backup, place.New("zoneless"), "2026-11-27 09:30:00");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("has no zone");
        Directory.Exists(place.New("zoneless.unfinished")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_time_that_the_archive_does_not_reach_is_no_restore()
    {
        var run = await place.Archive.RestoreAsync(place.Server, place.Backup, place.New("early"), "2199-01-01 00:00:00+00");

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("The archive ends before");
        Directory.Exists(place.New("early")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_damaged_backup_is_found_before_it_is_used()
    {
        var damaged = place.New("damaged-backup");
        Copy(place.Backup, damaged);
        var file = Directory
            .EnumerateFiles(Path.Combine(damaged, "data", "base"), "*", SearchOption.AllDirectories)
            .MaxBy(f => new FileInfo(f).Length)!;
        await using (var bytes = File.Open(file, FileMode.Open, FileAccess.ReadWrite))
        {
            bytes.Seek(4_000, SeekOrigin.Begin);
            var was = bytes.ReadByte();
            bytes.Seek(4_000, SeekOrigin.Begin);
            bytes.WriteByte((byte)(was ^ 1));
        }

        var run = await place.Archive.RestoreAsync(place.Server, damaged, place.New("damaged"), null);

        run.ExitCode.ShouldBe(1);
        run.Errors.ShouldContain("is damaged");
        Directory.Exists(place.New("damaged")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_folder_that_is_there_is_not_touched()
    {
        Directory.CreateDirectory(place.New("there"));

        var run = await place.Archive.RestoreAsync(place.Server, place.Backup, place.New("there"), null);

        run.ExitCode.ShouldBe(1);
        Directory.EnumerateFileSystemEntries(place.New("there")).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_backup_of_a_server_that_is_not_there_leaves_none()
    {
        var server = new NpgsqlConnectionStringBuilder(place.Server.ConnectionString) { Port = FreePorts.Take() };

        var run = await Script.RunAsync("backup.sh", server.ToString(), "--to", place.New("nowhere"), "--fast");

        run.ExitCode.ShouldNotBe(0);
        Directory.Exists(place.New("nowhere")).ShouldBeFalse();
    }

    [Fact]
    public async Task All_that_was_archived_is_restored_and_holes_in_it_are_told()
    {
        await Archive.ScalarAsync(place.Server, "DELETE FROM messages WHERE seq = 1");
        await Archive.SettleAsync(place.Server);

        var run = await place.Archive.RestoreAsync(place.Server, place.Backup, place.New("holes"), null);

        run.ExitCode.ShouldBe(3, run.ToString());
        run.Errors.ShouldContain("chat|c|seq is not dense");
        run.Errors.ShouldContain("chat|c|revision is not dense");
        Directory.Exists(place.New("holes")).ShouldBeTrue();
        await Archive.ScalarAsync(
            place.Server,
            """
            INSERT INTO messages (chat_id, seq, message_id, sender_id, content, type, created_at, updated_at, created_revision, revision, ordinal, fingerprint)
            VALUES ('c', 1, 'm1', 'u', 'x', 'text', now(), now(), 2, 2, 1, '')
            """
        );
    }

    private static void Copy(string from, string to)
    {
        foreach (var folder in Directory.EnumerateDirectories(from, "*", SearchOption.AllDirectories))
            Directory.CreateDirectory(folder.Replace(from, to, StringComparison.Ordinal));
        foreach (var file in Directory.EnumerateFiles(from, "*", SearchOption.AllDirectories))
            File.Copy(file, file.Replace(from, to, StringComparison.Ordinal));
    }
}
