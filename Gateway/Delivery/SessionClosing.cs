using Orleans.Chat.Gateway.Auth;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>Closes the connections of sessions that ended.</summary>
internal sealed class SessionClosing(ISessionEndings endings, ConnectionTable connections) : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken)
    {
        endings.SessionEnded += connections.CloseSession;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        endings.SessionEnded -= connections.CloseSession;
        return Task.CompletedTask;
    }
}
