using System.Diagnostics;

namespace Orleans.Chat.FaultTests;

/// <summary>A server with one safeguard taken out, from a patch of the sources and a build of its own.</summary>
internal static class Mutant
{
    public static string Patches => Path.Combine(Repository.Root, "tests", "Fault.Tests", "mutants");

    /// <summary>Builds it below <c>artifacts/mutants</c>, and answers where its binaries are.</summary>
    public static async Task<string> BuildAsync(string name)
    {
        var output = await RunAsync(Path.Combine(Patches, "build.sh"), name);
        return output.Split('\n', StringSplitOptions.RemoveEmptyEntries)[^1];
    }

    /// <exception cref="InvalidOperationException">It failed; with what it wrote.</exception>
    public static async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                WorkingDirectory = Repository.Root,
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                UseShellExecute = false,
            }
        )!;
        var errors = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0
            ? output
            : throw new InvalidOperationException(
                $"{program} {string.Join(' ', arguments)} ended with {process.ExitCode}: {output}{await errors}"
            );
    }
}
