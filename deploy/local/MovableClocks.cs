namespace Orleans.Chat.LocalCluster;

/// <summary>Clocks that can be moved while their servers run: <c>clock.c</c>, built with gcc, and a file for each server.</summary>
internal sealed class MovableClocks
{
    private readonly string _folder;
    private readonly string _library;

    private MovableClocks(string folder, string library) => (_folder, _library) = (folder, library);

    /// <exception cref="ServerStartException">It does not build.</exception>
    public static async Task<MovableClocks> MakeAsync(string data, CancellationToken cancellationToken)
    {
        var folder = Path.Combine(data, "clocks");
        Directory.CreateDirectory(folder);
        var (library, log) = (Path.Combine(folder, "clock.so"), Path.Combine(folder, "gcc.log"));
        string[] arguments = ["-O2", "-shared", "-fPIC", "-o", library, Path.Combine(AppContext.BaseDirectory, "clock.c"), "-ldl"];
        if (await ChildProcess.RunAsync(new ChildCommand("gcc", "gcc", arguments, log), cancellationToken) is var code and not 0)
            throw new ServerStartException($"gcc ended with {code}: {(await File.ReadAllTextAsync(log, cancellationToken)).Trim()}");
        return new MovableClocks(folder, library);
    }

    /// <summary>What a server's environment must have; its clock begins as it is.</summary>
    public Dictionary<string, string?> Environment(string server)
    {
        var file = Path.Combine(_folder, server);
        File.WriteAllBytes(file, new byte[sizeof(long)]);
        return new Dictionary<string, string?>(StringComparer.Ordinal) { ["LD_PRELOAD"] = _library, ["CLOCK_FILE"] = file };
    }
}
