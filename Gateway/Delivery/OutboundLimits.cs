namespace Orleans.Chat.Gateway.Delivery;

/// <summary>How much may wait for a connection, and for how long a write may stand still.</summary>
internal sealed record OutboundLimits(int Items, int Bytes, TimeSpan Stall, TimeSpan OverflowStall)
{
    public static OutboundLimits Of(DeliveryOptions options) =>
        new(
            options.QueueItems,
            options.QueueBytes,
            TimeSpan.FromSeconds(options.StallSeconds),
            TimeSpan.FromSeconds(options.OverflowStallSeconds)
        );
}
