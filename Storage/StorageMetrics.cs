using System.Diagnostics.Metrics;

namespace Orleans.Chat.Storage;

/// <summary>What the group commit counts.</summary>
internal static class StorageMetrics
{
    public const string MeterName = "Orleans.Chat.Storage";

    private static readonly Meter Meter = new(MeterName);

    private static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>(
        "orleans_chat_commit_batch_size",
        "{change}",
        "Changes in one transaction of the group commit"
    );

    private static readonly Histogram<double> Duration = Meter.CreateHistogram<double>(
        "orleans_chat_commit_duration",
        "s",
        "Time from the sending of a batch to its known outcome"
    );

    private static readonly UpDownCounter<int> QueueDepth = Meter.CreateUpDownCounter<int>(
        "orleans_chat_commit_queue_depth",
        "{change}",
        "Changes that are queued or being committed"
    );

    private static readonly Counter<long> Outcomes = Meter.CreateCounter<long>(
        "orleans_chat_commit_outcomes",
        "{change}",
        "Outcomes of changes, by kind"
    );

    public static void Committed(int changes, TimeSpan duration)
    {
        BatchSize.Record(changes);
        Duration.Record(duration.TotalSeconds);
    }

    public static void Queued() => QueueDepth.Add(1);

    public static void Unqueued() => QueueDepth.Add(-1);

    public static void Outcome(string outcome) => Outcomes.Add(1, new KeyValuePair<string, object?>("outcome", outcome));
}
