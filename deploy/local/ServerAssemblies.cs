namespace Orleans.Chat.LocalCluster;

/// <summary>Where the build puts the servers, found from where it put this program.</summary>
public static class ServerAssemblies
{
    /// <summary>The silo's.</summary>
    public static string Silo => In(null, "Silo");

    /// <summary>The gateway's.</summary>
    public static string Gateway => In(null, "Gateway");

    /// <summary>That of the two in one process.</summary>
    public static string Standalone => In(null, "Standalone");

    // artifacts/bin/<project>/<configuration>/: the same configuration as this one's, or Release.
    internal static string In(string? binaries, string project)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var bin = binaries ?? here.Parent?.Parent?.FullName ?? "/";
        string[] configurations = [here.Name, "release", "debug"];
        return configurations.Select(c => Path.Combine(bin, project, c, $"Orleans.Chat.{project}.dll")).FirstOrDefault(File.Exists)
            ?? throw new ServerStartException($"Orleans.Chat.{project}.dll is not below {bin}: build {project} first.");
    }
}
