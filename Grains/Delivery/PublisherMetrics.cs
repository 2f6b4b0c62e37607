using System.Diagnostics.Metrics;

namespace Orleans.Chat.Grains.Delivery;

/// <summary>What a silo's publishing to gateways counts.</summary>
internal sealed class PublisherMetrics(IMeterFactory meters)
{
    private readonly Counter<long> _dropped = meters
        .Create("Orleans.Chat.Delivery")
        .CreateCounter<long>("orleans_chat_delivery_dropped", "{event}", "Events dropped because a gateway's queue was full");

    public void Dropped(int events) => _dropped.Add(events);
}
