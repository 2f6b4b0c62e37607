using Microsoft.AspNetCore.Builder;

namespace Orleans.Chat.Security;

/// <summary>How a server process ends.</summary>
public static class ServerLifetime
{
    /// <summary>
    /// Runs until the process is asked to end. One that is asked while it is still starting, as a gateway that waits for the first silo, ends as cleanly
    /// as one that served, and not as a crash: it had taken nothing on.
    /// </summary>
    /// <exception cref="Exception">What kept it from starting, when nobody had asked it to end.</exception>
    public static async Task RunUntilAskedToEndAsync(this WebApplication app)
    {
        // Taken now: when the host throws it is disposed already.
        var (started, ending) = (app.Lifetime.ApplicationStarted, app.Lifetime.ApplicationStopping);
        try
        {
            await app.RunAsync();
        }
        catch (Exception) when (ending.IsCancellationRequested && !started.IsCancellationRequested)
        {
            // The start that was given up; the host has logged it.
        }
    }
}
