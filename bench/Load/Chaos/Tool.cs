using System.Diagnostics;

namespace Orleans.Chat.Load.Chaos;

/// <summary>Programs of the system, run to their end.</summary>
internal static class Tool
{
    /// <exception cref="InvalidOperationException">It ended with something else than 0; with what it said.</exception>
    public static async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        if (await TryAsync(program, arguments, cancellationToken) is { Code: not 0 } failed)
            throw new InvalidOperationException($"{program} {string.Join(' ', arguments)} ended with {failed.Code}: {failed.Said}");
    }

    /// <summary>The code with which it ended, and what it complained of.</summary>
    public static async Task<(int Code, string Said)> TryAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments)
            {
                RedirectStandardError = true,
                RedirectStandardOutput = true,
                UseShellExecute = false,
            }
        )!;
        var output = process.StandardOutput.ReadToEndAsync(cancellationToken);
        var errors = await process.StandardError.ReadToEndAsync(cancellationToken);
        await output;
        await process.WaitForExitAsync(cancellationToken);
        return (process.ExitCode, errors.Trim());
    }
}
