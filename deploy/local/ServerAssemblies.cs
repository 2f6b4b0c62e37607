namespace Orleans.Chat.LocalCluster;

/// <summary>Where the build puts the servers, found from where it put this program.</summary>
public static class ServerAssemblies
{
    /// <summary>The silo's.</summary>
    public static string Silo(string? binaries) => Find("Silo", binaries);

    /// <summary>The gateway's.</summary>
    public static string Gateway(string? binaries) => Find("Gateway", binaries);

    /// <summary>That of the two in one process.</summary>
    public static string Standalone => Find("Standalone", binaries: null);

    // artifacts/bin/<project>/<configuration>/: the same configuration as this one's, or Release.
    private static string Find(string project, string? binaries)
    {
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        var bin = binaries ?? here.Parent?.Parent?.FullName ?? "/";
        string[] configurations = [here.Name, "release", "debug"];
        return configurations.Select(c => Path.Combine(bin, project, c, $"Orleans.Chat.{project}.dll")).FirstOrDefault(File.Exists)
            ?? throw new ServerStartException($"Orleans.Chat.{project}.dll is not below {bin}: build {project} first.");
    }
}
