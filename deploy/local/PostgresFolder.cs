using System.Security.Cryptography;

namespace Orleans.Chat.LocalCluster;

/* Where the data lie. Root starts PostgreSQL as another user, who must be able to reach the folder; below a folder that is closed to others
 * (a `mktemp -d`, /root) he cannot. Then the data lie in a private folder in /var/tmp, and a file in the given folder tells where. With volumes they lie
 * there, and the log on its own. */
internal sealed class PostgresFolder(string folder, PostgresVolumes? volumes)
{
    private string? _data;
    private string? _password;

    public string Data => _data ?? throw new InvalidOperationException("The folder was not prepared.");

    public string Password => _password ?? throw new InvalidOperationException("The folder was not prepared.");

    /// <summary>Makes the folder and initialises it, unless a former start did.</summary>
    public async Task PrepareAsync(string programs, string superuser, CancellationToken cancellationToken)
    {
        var home = Home();
        (_data, var passwordFile) = (Path.Combine(home, "data"), Path.Combine(home, "password"));
        if (File.Exists(passwordFile))
        {
            _password = await File.ReadAllTextAsync(passwordFile, cancellationToken);
            return;
        }
        // The password is written last: without it the folder is one that a former start did not finish.
        if (Directory.Exists(_data))
            Directory.Delete(_data, recursive: true);
        _password = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        await InitialiseAsync(programs, superuser, Path.Combine(home, "password.new"), cancellationToken);
        File.Move(Path.Combine(home, "password.new"), passwordFile, overwrite: true);
    }

    /// <summary>Makes the folder a copy of another server's, which then follows that one.</summary>
    /// <exception cref="ServerStartException">It was promoted: its data are newer than what would be copied.</exception>
    public async Task CopyAsync(string programs, string primary, string password, CancellationToken cancellationToken)
    {
        var home = Home();
        (_data, _password) = (Path.Combine(home, "data"), password);
        if (Directory.Exists(_data))
        {
            if (File.Exists(Path.Combine(_data, "PG_VERSION")) && !File.Exists(Path.Combine(_data, "standby.signal")))
                throw new ServerStartException(
                    $"The standby in {_data} took over from its primary, and has what that does not have: put it in the primary's place, or delete it."
                );
            Directory.Delete(_data, recursive: true);
        }
        await OwnAsync(_data, cancellationToken);
        string[] arguments = ["-D", _data, "-d", primary, "--wal-method=stream", "--checkpoint=fast", "--write-recovery-conf"];
        var copy = new ChildCommand("pg_basebackup", Path.Combine(programs, "pg_basebackup"), arguments, Log)
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal) { ["PGPASSWORD"] = password },
            User = PostgresPrograms.RunAs,
            WorkingDirectory = _data,
        };
        if (await ChildProcess.RunAsync(copy, cancellationToken) is var code and not 0)
            throw new ServerStartException($"pg_basebackup ended with {code}: {await LastLineAsync(cancellationToken)}");
    }

    /// <summary>Creates a database, unless a former start did.</summary>
    public async Task CreateDatabaseAsync(string programs, int port, string user, string name, CancellationToken cancellationToken)
    {
        var marker = Path.Combine(Path.GetDirectoryName(Data)!, "created");
        if (File.Exists(marker))
            return;
        var createdb = new ChildCommand("createdb", Path.Combine(programs, "createdb"), ["--template=template0", name], Log)
        {
            Environment = new Dictionary<string, string?>(StringComparer.Ordinal)
            {
                ["PGHOST"] = "127.0.0.1",
                ["PGPORT"] = $"{port}",
                ["PGUSER"] = user,
                ["PGPASSWORD"] = Password,
            },
        };
        // After a start that was cut off just here it exists already.
        if (
            await ChildProcess.RunAsync(createdb, cancellationToken) != 0
            && !(await LastLineAsync(cancellationToken)).Contains("already exists", StringComparison.Ordinal)
        )
            throw new ServerStartException($"createdb failed: {await LastLineAsync(cancellationToken)}");
        await File.WriteAllTextAsync(marker, "", cancellationToken);
    }

    private async Task<string> LastLineAsync(CancellationToken cancellationToken) =>
        (await File.ReadAllLinesAsync(Log, cancellationToken)).LastOrDefault() ?? "";

    private string Log => Path.Combine(folder, "initdb.log");

    private async Task InitialiseAsync(string programs, string superuser, string passwordFile, CancellationToken cancellationToken)
    {
        File.Delete(passwordFile);
        var own = new FileStreamOptions
        {
            Mode = FileMode.CreateNew,
            Access = FileAccess.Write,
            UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
        };
        await using (var file = new StreamWriter(passwordFile, own))
            await file.WriteAsync(_password.AsMemory(), cancellationToken);
        await OwnAsync(Data, cancellationToken);
        await ChangeOwnerAsync(passwordFile, cancellationToken);
        if (LogFolder is { } log)
            await OwnAsync(log, cancellationToken);
        string[] arguments =
        [
            .. (string[])["-D", Data, "-U", superuser, "--pwfile", passwordFile, "--auth-host=scram-sha-256", "--auth-local=reject"],
            .. (string[])["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
            .. LogFolder is { } waldir ? [$"--waldir={waldir}"] : Array.Empty<string>(),
        ];
        var initdb = new ChildCommand("initdb", Path.Combine(programs, "initdb"), arguments, Log)
        {
            User = PostgresPrograms.RunAs,
            WorkingDirectory = Data,
        };
        if (await ChildProcess.RunAsync(initdb, cancellationToken) is var code and not 0)
            throw new ServerStartException($"initdb ended with {code}: {await File.ReadAllTextAsync(Log, cancellationToken)}");
    }

    // A volume's own top has a lost+found, which initdb takes for somebody's data.
    private string? LogFolder => volumes is null ? null : Path.Combine(volumes.Log, "pg_wal");

    private string Home()
    {
        Directory.CreateDirectory(folder);
        if (volumes is not null)
        {
            return PostgresPrograms.RunAs is null || OthersCanReach(volumes.Data)
                ? volumes.Data
                : throw new ServerStartException($"{volumes.Data} is closed to PostgreSQL's user: choose another folder with --data.");
        }
        return PostgresPrograms.RunAs is null || OthersCanReach(folder) ? Path.GetFullPath(folder) : Elsewhere();
    }

    private async Task OwnAsync(string path, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        await ChangeOwnerAsync(path, cancellationToken);
    }

    private async Task ChangeOwnerAsync(string path, CancellationToken cancellationToken)
    {
        if (PostgresPrograms.RunAs is { } user)
            await ChildProcess.RunAsync(new ChildCommand("chown", "chown", ["-R", $"{user}:{user}", path], Log), cancellationToken);
    }

    private string Elsewhere()
    {
        var pointer = Path.Combine(folder, "elsewhere");
        if (File.Exists(pointer) && File.ReadAllText(pointer) is { Length: > 0 } known && Directory.Exists(known))
            return known;
        var home = Path.Combine("/var/tmp", $"orleans-chat-{Guid.CreateVersion7():N}");
        Directory.CreateDirectory(home);
        File.WriteAllText(pointer, home);
        Console.WriteLine($"{folder} is closed to PostgreSQL's user: its data lie in {home}");
        return home;
    }

    private static bool OthersCanReach(string path)
    {
        for (var d = new DirectoryInfo(Path.GetFullPath(path)); d is not null; d = d.Parent)
        {
            if (!d.UnixFileMode.HasFlag(UnixFileMode.OtherExecute))
                return false;
        }
        return true;
    }
}
