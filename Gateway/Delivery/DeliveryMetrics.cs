using System.Diagnostics.Metrics;

namespace Orleans.Chat.Gateway.Delivery;

/// <summary>What delivery counts. Meter: <c>Orleans.Chat.Gateway.Delivery</c>.</summary>
internal sealed class DeliveryMetrics
{
    public const string MeterName = "Orleans.Chat.Gateway.Delivery";

    private readonly Meter _meter;
    private readonly Counter<long> _deliveries;
    private readonly Counter<long> _withoutMembers;
    private readonly Counter<long> _gaps;
    private readonly Counter<long> _unserializable;
    private readonly Counter<long> _hintsDropped;
    private readonly Counter<long> _cutOffs;
    private readonly Counter<long> _pulls;
    private readonly Counter<long> _pullFailures;
    private readonly Counter<long> _resyncs;
    private readonly Counter<long> _resubscriptions;
    private readonly Histogram<double> _latency;

    public DeliveryMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _deliveries = Count("deliveries", "{push}", "Pushes of durable events to connections");
        _withoutMembers = Count("events_without_members", "{event}", "Durable events that found nobody here");
        _gaps = Count("gaps", "{gap}", "Gap markers put in place of dropped events");
        _unserializable = Count("unserializable", "{push}", "Pushes that could not be serialised, in place of which a gap is told");
        _hintsDropped = Count("hints_dropped", "{event}", "Ephemeral events dropped for slow connections");
        _cutOffs = Count("cut_offs", "{connection}", "Connections cut off because they made no progress");
        _pulls = Count("pulls", "{page}", "Pages of revisions pulled from chats");
        _pullFailures = Count("pull_failures", "{pull}", "Pulls that failed and are repeated");
        _resyncs = Count("resyncs", "{resync}", "Resynchronisations of all chats");
        _resubscriptions = Count("resubscriptions", "{subscription}", "Subscriptions of the delivery stream after the first");
        _latency = _meter.CreateHistogram<double>(
            "orleans_chat_gateway_delivery_latency",
            "s",
            "From the chat's publishing to the write to connections",
            advice: new InstrumentAdvice<double>
            {
                HistogramBucketBoundaries = [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10],
            }
        );
    }

    public void Delivered(int pushes) => _deliveries.Add(pushes);

    public void Latency(TimeSpan latency) => _latency.Record(latency.TotalSeconds);

    public void FoundNobody(int events) => _withoutMembers.Add(events);

    public void GapMade() => _gaps.Add(1);

    public void Unserializable() => _unserializable.Add(1);

    public void HintDropped() => _hintsDropped.Add(1);

    public void CutOff() => _cutOffs.Add(1);

    public void Pulled() => _pulls.Add(1);

    public void PullFailed() => _pullFailures.Add(1);

    public void Resynced() => _resyncs.Add(1);

    public void Resubscribed() => _resubscriptions.Add(1);

    /// <summary>Gauges of the tables, read when they are asked for.</summary>
    public void Watch(Func<int> connections, Func<int> users, Func<int> chats, Func<int> queued)
    {
        _meter.CreateObservableGauge("orleans_chat_gateway_connections", connections, "{connection}", "Connections that are open");
        _meter.CreateObservableGauge("orleans_chat_gateway_users", users, "{user}", "Users with a connection");
        _meter.CreateObservableGauge("orleans_chat_gateway_chats", chats, "{chat}", "Chats with a connected member");
        _meter.CreateObservableGauge("orleans_chat_gateway_queued", queued, "{push}", "Pushes that wait for connections");
    }

    private Counter<long> Count(string name, string unit, string description) =>
        _meter.CreateCounter<long>("orleans_chat_gateway_" + name, unit, description);
}
