using System.Diagnostics.Metrics;

namespace Orleans.Chat.Gateway;

/// <summary>What came in. No label carries an id: their number would have no bound.</summary>
internal sealed class GatewayMetrics
{
    public const string MeterName = "Orleans.Chat.Gateway";

    private readonly Meter _meter;
    private readonly Counter<long> _requests;
    private readonly Counter<long> _sends;
    private readonly Counter<long> _problems;
    private readonly Counter<long> _retries;
    private readonly Counter<long> _refusals;
    private readonly Counter<long> _failedReports;
    private readonly Histogram<int> _batches;

    public GatewayMetrics(IMeterFactory meters)
    {
        _meter = meters.Create(MeterName);
        _requests = _meter.CreateCounter<long>(
            "orleans_chat_gateway_requests",
            "{request}",
            "Requests over REST and calls of the hub, by transport"
        );
        _sends = _meter.CreateCounter<long>("orleans_chat_gateway_sends", "{message}", "Messages that were handed to chats");
        _problems = _meter.CreateCounter<long>("orleans_chat_gateway_problems", "{problem}", "Answers that are problems, by code");
        _retries = _meter.CreateCounter<long>("orleans_chat_gateway_retries", "{call}", "Calls of grains that were repeated");
        _refusals = _meter.CreateCounter<long>(
            "orleans_chat_gateway_refusals",
            "{request}",
            "Requests, calls and connections that a limit refused, by limit"
        );
        _failedReports = _meter.CreateCounter<long>(
            "orleans_chat_gateway_limit_reports_failed",
            "{report}",
            "Reports of use to the other gateways that failed: limits hold by shares meanwhile"
        );
        _batches = _meter.CreateHistogram<int>("orleans_chat_gateway_send_batch", "{message}", "Messages of one call to a chat");
    }

    public void Request(string transport) => _requests.Add(1, new KeyValuePair<string, object?>("transport", transport));

    public void Problem(string code) => _problems.Add(1, new KeyValuePair<string, object?>("code", code));

    public void Retry() => _retries.Add(1);

    public void Refused(string limit) => _refusals.Add(1, new KeyValuePair<string, object?>("limit", limit));

    public void LimitReportFailed() => _failedReports.Add(1);

    public void Sends(int messages)
    {
        _sends.Add(messages);
        _batches.Record(messages);
    }

    /// <summary>A gauge of the slots that connections have, opening ones too; read when it is asked for.</summary>
    public void WatchSlots(Func<int> taken) =>
        _meter.CreateObservableGauge(
            "orleans_chat_gateway_connection_slots",
            taken,
            "{connection}",
            "Connections that count for Admission:MaxConnections, opening ones too"
        );
}
