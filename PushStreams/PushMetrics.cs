using System.Diagnostics.Metrics;

namespace Orleans.Chat.PushStreams;

/// <summary>What a provider's queue counts. The meter is the host's, so that it ends with it.</summary>
internal sealed class PushMetrics
{
    public const string MeterName = "Orleans.Chat.PushStreams";
    private readonly KeyValuePair<string, object?> _provider;
    private readonly Counter<long> _published;
    private readonly Counter<long> _delivered;
    private readonly Counter<long> _dropped;

    public PushMetrics(IMeterFactory meters, string provider, Func<long> depth)
    {
        _provider = new("provider", provider);
        var meter = meters.Create(MeterName);
        _published = meter.CreateCounter<long>("orleans_chat_stream_published", "{event}", "Events that grains put on streams");
        _delivered = meter.CreateCounter<long>("orleans_chat_stream_delivered", "{event}", "Events handed to a subscriber's cursor");
        _dropped = meter.CreateCounter<long>(
            "orleans_chat_stream_dropped",
            "{event}",
            "Events dropped: an overflow of their stream, or nobody subscribed"
        );
        meter.CreateObservableGauge(
            "orleans_chat_stream_backlog",
            () => new Measurement<long>(depth(), _provider),
            "{event}",
            "Events that wait for their slowest subscriber"
        );
    }

    public void Published() => _published.Add(1, _provider);

    public void Delivered(int count) => _delivered.Add(count, _provider);

    public void Overflowed(long count) => _dropped.Add(count, _provider, new("reason", "overflow"));

    public void Unclaimed(long count) => _dropped.Add(count, _provider, new("reason", "unsubscribed"));
}
