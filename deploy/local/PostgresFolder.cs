using System.Security.Cryptography;

namespace Orleans.Chat.LocalCluster;

/* Where the data lie. Root starts PostgreSQL as another user, who must be able to reach the folder; below a folder that is closed to others
 * (a `mktemp -d`, /root) he cannot. Then the data lie in a private folder in /var/tmp, and a file in the given folder tells where. */
internal sealed class PostgresFolder(string folder)
{
    private string? _data;
    private string? _password;

    public string Data => _data ?? throw new InvalidOperationException("The folder was not prepared.");

    public string Password => _password ?? throw new InvalidOperationException("The folder was not prepared.");

    /// <summary>Makes the folder and initialises it, unless a former start did.</summary>
    public async Task PrepareAsync(string programs, string superuser, CancellationToken cancellationToken)
    {
        Directory.CreateDirectory(folder);
        var home = PostgresPrograms.RunAs is null || OthersCanReach(folder) ? Path.GetFullPath(folder) : Elsewhere();
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
            await RunAsync(createdb, cancellationToken) != 0
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
        Directory.CreateDirectory(Data, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        if (PostgresPrograms.RunAs is { } user)
            await RunAsync(new ChildCommand("chown", "chown", ["-R", $"{user}:{user}", Data, passwordFile], Log), cancellationToken);
        string[] arguments =
        [
            .. (string[])["-D", Data, "-U", superuser, "--pwfile", passwordFile, "--auth-host=scram-sha-256", "--auth-local=reject"],
            .. (string[])["--encoding=UTF8", "--locale=C.UTF-8", "--no-instructions"],
        ];
        var initdb = new ChildCommand("initdb", Path.Combine(programs, "initdb"), arguments, Log)
        {
            User = PostgresPrograms.RunAs,
            WorkingDirectory = Data,
        };
        if (await RunAsync(initdb, cancellationToken) is var code and not 0)
            throw new ServerStartException($"initdb ended with {code}: {await File.ReadAllTextAsync(Log, cancellationToken)}");
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

    private static async Task<int> RunAsync(ChildCommand command, CancellationToken cancellationToken)
    {
        await using var child = ChildProcess.Start(command);
        return await child.WaitForExitAsync(cancellationToken);
    }
}
