using System.Collections.Concurrent;
using System.Diagnostics.Metrics;

namespace Orleans.Chat.PushStreams.Tests;

public sealed class MetricsTests(PushCluster cluster)
{
    [Fact]
    public async Task Published_delivered_dropped_and_waiting_events_are_counted()
    {
        var counts = new ConcurrentDictionary<string, long>(StringComparer.Ordinal);
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, l) =>
            {
                if (string.Equals(instrument.Meter.Name, "Orleans.Chat.PushStreams", StringComparison.Ordinal))
                    l.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<long>(
            (instrument, value, tags, _) =>
            {
                if (tags.Contains(new("provider", PushCluster.Counted)))
                    counts.AddOrUpdate(instrument.Name["orleans_chat_stream_".Length..], value, (_, sum) => sum + value);
            }
        );
        listener.Start();

        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var inbox = SubscriberGrain.Inboxes["counted"] = new Inbox { Receive = _ => release.Task };
        await cluster.Cluster.Client.GetGrain<ISubscriberGrain>("counted").Subscribe(PushCluster.Counted);
        var publisher = cluster.Publisher("counted");
        await publisher.Publish(PushCluster.Counted, "counted", 0, 1);
        await inbox.WaitAsync(1);
        // Four wait, the fifth drops them and itself, and two more wait.
        await publisher.Publish(PushCluster.Counted, "counted", 1, 7);
        listener.RecordObservableInstruments();

        counts["published"].ShouldBe(8);
        counts["delivered"].ShouldBe(1);
        counts["dropped"].ShouldBe(5);
        counts["backlog"].ShouldBe(2);
        release.SetResult();
        await inbox.WaitAsync(3);
        counts["delivered"].ShouldBe(3);
    }
}
