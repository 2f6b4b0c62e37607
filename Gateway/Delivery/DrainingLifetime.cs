using System.Runtime.InteropServices;

namespace Orleans.Chat.Gateway.Delivery;

/* In place of the console's lifetime: SignalR closes every connection when the host begins to stop, so on SIGTERM the draining comes before that.
 * Ctrl-C, and a second signal, stop the host at once. */
internal sealed partial class DrainingLifetime(Draining draining, IHostApplicationLifetime application, ILogger<DrainingLifetime> logger)
    : IHostLifetime,
        IDisposable
{
    private readonly List<PosixSignalRegistration> _signals = [];

    public Task WaitForStartAsync(CancellationToken cancellationToken)
    {
        foreach (var signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGQUIT])
            _signals.Add(PosixSignalRegistration.Create(signal, Received));
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public void Dispose()
    {
        foreach (var signal in _signals)
            signal.Dispose();
        _signals.Clear();
    }

    private void Received(PosixSignalContext context)
    {
        context.Cancel = true;
        if (context.Signal != PosixSignal.SIGTERM || draining.Started)
            application.StopApplication();
        else
            _ = DrainAsync();
    }

    private async Task DrainAsync()
    {
        Log.Draining(logger);
        try
        {
            await draining.RunAsync();
        }
        finally
        {
            application.StopApplication();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Information, "Draining: connections are sent to other gateways")]
        public static partial void Draining(ILogger logger);
    }
}
