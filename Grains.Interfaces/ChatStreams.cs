namespace Orleans.Chat.Grains.Interfaces;

/// <summary>The names of providers and streams; the only place that spells them.</summary>
public static class ChatStreams
{
    /// <summary>The push stream provider that carries events from silos to gateways.</summary>
    public const string Delivery = "delivery";

    /// <summary>Where stream subscriptions are kept; durable in a cluster.</summary>
    public const string PubSubStore = "PubSubStore";

    /// <summary>The stream of one gateway instance: its items are <see cref="Delivery.GatewayItem"/>.</summary>
    public static StreamId Gateway(string gatewayId) => StreamId.Create("gateway", gatewayId);
}
