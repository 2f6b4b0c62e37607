using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Grains.Delivery;

/// <summary>What this silo tells gateways: numbered and in order per gateway, bounded, never waiting for a slow one.</summary>
internal interface IGatewayPublisher
{
    /// <summary>The gateway instances that live, as this silo knows.</summary>
    IReadOnlyList<string> LiveGateways { get; }

    /// <summary>Queues an event for a gateway. One that is not known any more gets nothing.</summary>
    ValueTask PublishAsync(string gatewayId, GatewayEvent e);
}
