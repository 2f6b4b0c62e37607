namespace Orleans.Chat.LocalCluster;

/// <summary>Watches one server: tells when it ends, and starts it again if it is to.</summary>
internal sealed class Supervisor(IServer server, bool restart, Action changed)
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    /// <summary>False when it ended and is not going to be started again.</summary>
    public bool IsKept { get; private set; } = true;

    /// <summary>Returns when watching is over: it was cancelled, or the server ended for good.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            var process = server.Process;
            var code = await process.WaitForExitAsync(cancellationToken);
            Say($"{server.Name} (pid {process.Pid}) ended with {code}{(restart ? "; it is started again in 1 s" : "")}");
            if (!restart)
            {
                IsKept = false;
                changed();
                return;
            }
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
            await StartAgainAsync(cancellationToken);
        }
    }

    // Whether it becomes ready is told, and not waited for: its pid is in cluster.json as soon as there is one.
    private async Task StartAgainAsync(CancellationToken cancellationToken)
    {
        var former = server.Process;
        var starting = server.StartAsync(cancellationToken);
        while (!starting.IsCompleted && server.Process == former)
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System, cancellationToken);
        changed();
        try
        {
            await starting;
            Say($"{server.Name} serves again (pid {server.Process.Pid})");
        }
        catch (ServerStartException e)
        {
            Say(e.Message);
            // It may hang: what is not ready in time is ended, and comes back here.
            server.Process.Send(Signal.Kill);
        }
    }

    private static void Say(string line) => Console.WriteLine(line);
}
