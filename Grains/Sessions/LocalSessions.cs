using System.Collections.Concurrent;
using Microsoft.Extensions.Hosting;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces;

namespace Orleans.Chat.Grains.Sessions;

/// <summary>The session grains that are active in this silo, so that a gateway's death is told to them without asking the cluster.</summary>
internal sealed class LocalSessions(IGrainFactory grains, GatewayWatch gateways) : IHostedService
{
    private readonly ConcurrentDictionary<string, byte> _users = new(StringComparer.Ordinal);

    public void Add(string userId) => _users[userId] = 0;

    public void Remove(string userId) => _users.TryRemove(userId, out _);

    public Task StartAsync(CancellationToken cancellationToken)
    {
        gateways.Changed += Tell;
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken)
    {
        gateways.Changed -= Tell;
        return Task.CompletedTask;
    }

    private void Tell(IReadOnlyList<string> gone)
    {
        foreach (var user in _users.Keys)
        {
            foreach (var gateway in gone)
                grains.Session(user).GatewayGone(gateway).Ignore();
        }
    }
}
