using System.Diagnostics;

namespace Orleans.Chat.Docs.Tests;

/// <summary>What a script did: what it wrote, and each request of its <c>curl</c> calls as <c>STATUS METHOD URL</c>.</summary>
internal sealed record ShellRun(int ExitCode, string Output, string Errors, IReadOnlyList<string> Requests);

/// <summary>Runs a page's fences literally: one bash, in an empty folder, that stops at the first command that fails.</summary>
internal static class Shell
{
    // Stands before curl in the PATH, since the page does not ask for the status.
    private const string Curl = """
        #!/bin/sh
        PATH="$PATH_OF_CURL" exec curl -w "%{stderr}%{http_code} %{method} %{url}\n" "$@" 2>>"$CURL_LOG"
        """;

    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    public static async Task<ShellRun> RunAsync(string script, params (string Name, string Value)[] environment)
    {
        var folder = Directory.CreateTempSubdirectory("orleans-chat-docs-").FullName;
        try
        {
            var bin = Directory.CreateDirectory(Path.Combine(folder, "bin")).FullName;
            var log = Path.Combine(folder, "curl.log");
            await File.WriteAllTextAsync(log, "");
            await File.WriteAllTextAsync(Path.Combine(bin, "curl"), Curl);
            File.SetUnixFileMode(Path.Combine(bin, "curl"), UnixFileMode.UserRead | UnixFileMode.UserExecute);
            var start = new ProcessStartInfo("bash")
            {
                WorkingDirectory = Directory.CreateDirectory(Path.Combine(folder, "work")).FullName,
                UseShellExecute = false,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            };
            foreach (var argument in new[] { "-euo", "pipefail", "-c", script })
                start.ArgumentList.Add(argument);
            var path = Environment.GetEnvironmentVariable("PATH");
            foreach (var (name, value) in environment)
                start.Environment[name] = value;
            start.Environment["PATH"] = $"{bin}:{path}";
            start.Environment["PATH_OF_CURL"] = path;
            start.Environment["CURL_LOG"] = log;
            using var process = Process.Start(start)!;
            var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
            using var limit = new CancellationTokenSource(Limit);
            await process.WaitForExitAsync(limit.Token);
            return new ShellRun(process.ExitCode, await output, await errors, await File.ReadAllLinesAsync(log));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }
}
