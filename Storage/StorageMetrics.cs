using System.Diagnostics.Metrics;

namespace Orleans.Chat.Storage;

internal static class StorageMetrics
{
    public const string MeterName = "Orleans.Chat.Storage";

    private static readonly Meter Meter = new(MeterName);

    public static readonly Histogram<int> BatchSize = Meter.CreateHistogram<int>(
        "storage.commit.batch_size",
        "{change}",
        "Changes in one transaction of the group commit"
    );

    public static readonly Histogram<double> CommitDuration = Meter.CreateHistogram<double>(
        "storage.commit.duration",
        "s",
        "Time from the sending of a batch to its known outcome"
    );

    public static readonly UpDownCounter<int> QueueDepth = Meter.CreateUpDownCounter<int>(
        "storage.commit.queue_depth",
        "{change}",
        "Changes that are queued or being committed"
    );

    public static readonly Counter<long> Outcomes = Meter.CreateCounter<long>(
        "storage.commit.outcomes",
        "{change}",
        "Outcomes of changes, by kind"
    );
}
