using System.Globalization;

namespace Orleans.Chat.LocalCluster;

/// <summary>
/// A private PostgreSQL on a loopback port, durable as in production: <c>fsync</c> and <c>synchronous_commit</c> are on. Its data stay in
/// its folder and are found again by the next start.
/// </summary>
/// <param name="folder">Its own.</param>
/// <param name="maxConnections">PostgreSQL's <c>max_connections</c>.</param>
/// <param name="settings">Further ones, each <c>name=value</c>.</param>
public sealed class PostgresServer(string folder, int maxConnections = 200, params IReadOnlyList<string> settings) : IServer
{
    /// <summary>The superuser, who owns everything.</summary>
    public const string User = "chat";

    /// <summary>The database of the chat server.</summary>
    public const string Database = "chat";

    private ChildProcess? _process;
    private bool _copied;

    /// <summary>The same over restarts.</summary>
    public int Port { get; } = FreePorts.Take();

    /// <inheritdoc />
    public string Name => Primary is null ? "postgres" : "postgres-standby";

    /// <summary>Volumes of its own; null is that all lies in its folder.</summary>
    public PostgresVolumes? Volumes { get; init; }

    /// <summary>The server that this one is a standby of: a copy that follows it, made anew by the first start. Null is one that follows nobody.</summary>
    public PostgresServer? Primary { get; init; }

    /// <inheritdoc />
    public ChildProcess Process => _process ?? throw new InvalidOperationException("PostgreSQL was not started.");

    /// <summary>Where its files are.</summary>
    public string Data => Folder.Data;

    /// <summary>The postmaster's, as its own pid file has it.</summary>
    public int Pid => PostmasterFile().Pid;

    /// <summary>For Npgsql.</summary>
    public string ConnectionString =>
        $"Host=127.0.0.1;Port={Port};Username={User};Password={Folder.Password};Database={Database};SSL Mode=Disable";

    /// <summary>As a URI, for psql and drivers of other languages.</summary>
    public string Dsn => $"postgresql://{User}:{Folder.Password}@127.0.0.1:{Port}/{Database}";

    /// <summary>For Npgsql: this one or its standby, whichever can be written to. Asked anew each second, since who that is may have changed.</summary>
    public string ConnectionStringWith(PostgresServer standby) =>
        $"Host=127.0.0.1:{Port},127.0.0.1:{standby.Port};Username={User};Password={Folder.Password};Database={Database};SSL Mode=Disable;"
        + "Target Session Attributes=primary;Host Recheck Seconds=1";

    private PostgresFolder Folder => field ??= new PostgresFolder(folder, Volumes);

    /// <inheritdoc />
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        var programs = PostgresPrograms.Find();
        if (Volumes is { } volumes)
            await volumes.MountAsync(cancellationToken);
        await PrepareAsync(programs, cancellationToken);
        await WaitForFormerAsync(cancellationToken);
        _process = ChildProcess.Start(
            new ChildCommand(
                Name,
                Path.Combine(programs, "postgres"),
                ["-D", Folder.Data, .. Settings()],
                Path.Combine(folder, "postgres.log")
            )
            {
                User = PostgresPrograms.RunAs,
                WorkingDirectory = Folder.Data,
                WhenParentDies = Signal.Interrupt,
            }
        );
        await Readiness.WaitAsync(_process, _ => Task.FromResult(IsReady()), TimeSpan.FromSeconds(60), cancellationToken);
        if (Primary is null)
            await Folder.CreateDatabaseAsync(programs, Port, User, Database, cancellationToken);
    }

    /// <inheritdoc />
    public Task<bool> StopAsync() => _process?.StopAsync(Signal.Interrupt, TimeSpan.FromSeconds(20)) ?? Task.FromResult(true);

    /// <summary>Kills the postmaster, as a machine that loses its power would; the next start recovers from the log.</summary>
    public Task KillAsync() => Process.KillAsync();

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
            await _process.DisposeAsync();
        if (Volumes is { } volumes)
            await volumes.UnmountAsync();
    }

    private async Task PrepareAsync(string programs, CancellationToken cancellationToken)
    {
        if (Primary is not { } primary)
        {
            await Folder.PrepareAsync(programs, User, cancellationToken);
            return;
        }
        if (_copied)
            return;
        var from = $"host=127.0.0.1 port={primary.Port} user={User} application_name={SynchronousStandby.ApplicationName}";
        await Folder.CopyAsync(programs, from, primary.Folder.Password, cancellationToken);
        _copied = true;
    }

    private IEnumerable<string> Settings() =>
        (
            (string[])
                [
                    "listen_addresses=127.0.0.1",
                    $"port={Port}",
                    "unix_socket_directories=",
                    $"max_connections={maxConnections}",
                    "fsync=on",
                    "synchronous_commit=on",
                    "shared_buffers=128MB",
                    // A checkpoint in the middle of a measurement is the disk's story and not ours.
                    "max_wal_size=2GB",
                    "log_min_messages=warning",
                    "log_line_prefix=%m [%p] ",
                    .. Volumes?.Settings ?? [],
                    .. settings,
                ]
        ).SelectMany(s => (string[])["-c", s]);

    private bool IsReady()
    {
        var (pid, state) = PostmasterFile();
        return pid == Process.Pid && state == "ready";
    }

    // Line 1 is the pid, line 8 the state: what pg_ctl itself waits for.
    private (int Pid, string State) PostmasterFile()
    {
        try
        {
            var lines = File.ReadAllLines(Path.Combine(Folder.Data, "postmaster.pid"));
            return (int.Parse(lines[0], CultureInfo.InvariantCulture), lines.Length > 7 ? lines[7].Trim() : "");
        }
        catch (Exception e) when (e is IOException or FormatException or IndexOutOfRangeException)
        {
            return (0, "");
        }
    }

    // The server of a launcher that was killed may still be shutting down.
    private async Task WaitForFormerAsync(CancellationToken cancellationToken)
    {
        for (var i = 0; i < 200 && PostmasterFile().Pid is var pid and > 0 && PostgresPrograms.IsPostgres(pid); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, cancellationToken);
    }
}
