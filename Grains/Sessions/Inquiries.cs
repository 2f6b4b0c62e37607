using System.Threading.Channels;
using Microsoft.Extensions.Hosting;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Grains.Sessions;

/// <summary>Asks every gateway who of many users is there: what session grains of this silo ask within some milliseconds goes as one event.</summary>
internal sealed class Inquiries(IGatewayPublisher publisher, TimeProvider time) : BackgroundService
{
    private const int MaxUsers = 500;
    private static readonly TimeSpan Gather = TimeSpan.FromMilliseconds(2);
    private readonly Channel<string> _users = Channel.CreateUnbounded<string>(new UnboundedChannelOptions { SingleReader = true });

    /// <summary>Asks where the user is; gateways answer the session grain.</summary>
    public void Ask(string userId) => _users.Writer.TryWrite(userId);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            while (await _users.Reader.WaitToReadAsync(stoppingToken))
            {
                await Task.Delay(Gather, time, stoppingToken);
                var batch = new HashSet<string>(StringComparer.Ordinal);
                while (batch.Count < MaxUsers && _users.Reader.TryRead(out var user))
                    batch.Add(user);
                var question = new WhoIsHere([.. batch]);
                foreach (var gateway in publisher.LiveGateways)
                    await publisher.PublishAsync(gateway, question);
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }
}
