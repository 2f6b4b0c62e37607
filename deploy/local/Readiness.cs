using System.Diagnostics;

namespace Orleans.Chat.LocalCluster;

/// <summary>Waiting until a child serves.</summary>
internal static class Readiness
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(50);

    /// <summary>Asks until the answer is yes; fails with the end of the log when the child ends or the time is up.</summary>
    public static async Task WaitAsync(
        ChildProcess child,
        Func<CancellationToken, Task<bool>> ready,
        TimeSpan patience,
        CancellationToken cancellationToken
    )
    {
        var since = Stopwatch.GetTimestamp();
        while (!await ready(cancellationToken))
        {
            if (child.HasExited)
                throw new ServerStartException(child, $"ended with {await child.WaitForExitAsync(cancellationToken)} before it was ready");
            if (Stopwatch.GetElapsedTime(since) > patience)
                throw new ServerStartException(child, $"was not ready after {patience.TotalSeconds:0} s");
            await Task.Delay(Step, TimeProvider.System, cancellationToken);
        }
    }
}

/// <summary>A server did not start; the message has the end of its log.</summary>
public sealed class ServerStartException : Exception
{
    /// <summary>Without a child there is no log.</summary>
    public ServerStartException(string message)
        : base(message) { }

    /// <summary>As <see cref="ServerStartException(string)"/>, with its cause.</summary>
    public ServerStartException(string message, Exception cause)
        : base(message, cause) { }

    internal ServerStartException(ChildProcess child, string what)
        : base($"{child.Name} {what}. Its log, {child.LogFile}, ends:\n{child.LogTail()}") { }
}
