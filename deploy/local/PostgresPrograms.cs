using System.Globalization;

namespace Orleans.Chat.LocalCluster;

/// <summary>Where PostgreSQL's programs are, and as whom they run.</summary>
internal static class PostgresPrograms
{
    private static readonly string[] Needed = ["initdb", "postgres", "createdb"];

    private const string DebianRoot = "/usr/lib/postgresql";

    /// <summary>PostgreSQL refuses to run as root; Debian's package makes this user.</summary>
    public static string? RunAs => Environment.IsPrivilegedProcess ? "postgres" : null;

    /// <summary>The folder of the newest version: of the PATH, or of Debian, which keeps a folder for each version out of the PATH.</summary>
    public static string Find()
    {
        var path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        var debian = Directory.Exists(DebianRoot)
            ? Directory
                .GetDirectories(DebianRoot)
                .OrderByDescending(d => double.TryParse(Path.GetFileName(d), CultureInfo.InvariantCulture, out var v) ? v : 0)
                .Select(d => Path.Combine(d, "bin"))
            : [];
        return path.Concat(debian).FirstOrDefault(d => Array.TrueForAll(Needed, p => File.Exists(Path.Combine(d, p))))
            ?? throw new ServerStartException("PostgreSQL's programs were not found: install the package postgresql.");
    }

    /// <summary>Whether a process is a PostgreSQL and not one that got the number after it.</summary>
    public static bool IsPostgres(int pid)
    {
        try
        {
            return File.ReadAllText($"/proc/{pid}/comm").StartsWith("postgres", StringComparison.Ordinal);
        }
        catch (IOException)
        {
            return false;
        }
    }
}
