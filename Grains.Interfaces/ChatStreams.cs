namespace Orleans.Chat.Grains.Interfaces;

/// <summary>The names of providers and streams; the only place that spells them.</summary>
public static class ChatStreams
{
    /// <summary>The push stream provider that carries events from silos to gateways.</summary>
    public const string Delivery = "delivery";

    /// <summary>Where stream subscriptions are kept; durable in a cluster.</summary>
    public const string PubSubStore = "PubSubStore";

    /// <summary>
    /// A stream of one gateway instance: its items are <see cref="Delivery.GatewayItem"/>. The instance listens to one at a time, which has the
    /// number that it renews its lease with.
    /// </summary>
    public static StreamId Gateway(string gatewayId, int number) =>
        StreamId.Create("gateway", number == 0 ? gatewayId : $"{gatewayId}.{number}");
}
