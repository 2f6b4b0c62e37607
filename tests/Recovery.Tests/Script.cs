using System.Diagnostics;
using Npgsql;

namespace Orleans.Chat.RecoveryTests;

/// <summary>How a script ended, and what it said.</summary>
internal sealed record ScriptRun(int ExitCode, string Output, string Errors)
{
    /// <summary>All that it said, for a failing test.</summary>
    public override string ToString() => $"ended with {ExitCode}\n{Output}\n{Errors}";
}

/// <summary>The scripts of <c>deploy/backup</c>, run as an operator runs them.</summary>
internal static class Script
{
    /// <summary>Where they are.</summary>
    public static string Folder { get; } = Path.Combine(Root(AppContext.BaseDirectory), "deploy", "backup");

    /// <summary>The migrations of PostgreSQL, in their order.</summary>
    public static IEnumerable<string> Migrations =>
        Directory
            .EnumerateFiles(Path.Combine(Folder, "../../Storage/Migrations/PostgreSql"), "*.sql")
            .Order(StringComparer.Ordinal)
            .Select(File.ReadAllText);

    /// <summary>Runs one; <paramref name="connection"/> is told to it as the environment tells it to clients of PostgreSQL.</summary>
    public static async Task<ScriptRun> RunAsync(string script, string connection, params IEnumerable<string> arguments)
    {
        var server = new NpgsqlConnectionStringBuilder(connection);
        var start = new ProcessStartInfo(Path.Combine(Folder, script))
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (var argument in arguments)
            start.ArgumentList.Add(argument);
        start.Environment["PGHOST"] = server.Host;
        start.Environment["PGPORT"] = $"{server.Port}";
        start.Environment["PGUSER"] = server.Username;
        start.Environment["PGPASSWORD"] = server.Password;
        start.Environment["PGDATABASE"] = server.Database;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync();
        return new ScriptRun(process.ExitCode, await output, await errors);
    }

    private static string Root(string folder) =>
        File.Exists(Path.Combine(folder, "Orleans.Chat.sln"))
            ? folder
            : Root(
                Path.GetDirectoryName(folder.TrimEnd('/')) ?? throw new InvalidOperationException("There is no Orleans.Chat.sln above.")
            );
}
