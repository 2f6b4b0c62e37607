using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Sessions;

/// <summary>Two silos, leases that are over soon, and precise routing of small chats only.</summary>
public sealed class RoutedCluster(PostgresFixture postgres) : ChatCluster(postgres)
{
    public const int Precise = 4;

    internal override ClusterSetup Setup =>
        new()
        {
            Silos = 2,
            Configure = services =>
            {
                services.Configure<DeliveryOptions>(o => (o.PreciseRoutingMaxMembers, o.GatewayLeaseSeconds) = (Precise, 3));
                services.AddSingleton<IIncomingGrainCallFilter>(Stalls);
            },
        };

    internal StalledSessions Stalls { get; } = new();
}

/// <summary>Sessions that take a silo's question and do not come to answer it: the caller waits for its time-out.</summary>
internal sealed class StalledSessions : IIncomingGrainCallFilter
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource> _stalled = new();

    private readonly ConcurrentDictionary<string, int> _asked = new();

    /// <summary>How often the user's session was asked while it was stalled.</summary>
    public int Asked(string user) => _asked.GetValueOrDefault(user);

    public void Stall(string user) => _stalled[user] = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Release(string user)
    {
        if (_stalled.TryRemove(user, out var stalled))
            stalled.TrySetCanceled();
    }

    public async Task Invoke(IIncomingGrainCallContext context)
    {
        if (
            context.MethodName == nameof(IUserSessionGrain.WatchRoutes)
            && _stalled.TryGetValue(context.TargetId.Key.ToString()!, out var stalled)
        )
        {
            _asked.AddOrUpdate(context.TargetId.Key.ToString()!, 1, (_, n) => n + 1);
            await stalled.Task;
        }
        await context.Invoke();
    }
}
