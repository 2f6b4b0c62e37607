using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Delivery;
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
                services.Configure<DeliveryOptions>(o => (o.PreciseRoutingMaxMembers, o.GatewayLeaseSeconds) = (Precise, 3)),
        };
}
