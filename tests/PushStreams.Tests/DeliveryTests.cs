namespace Orleans.Chat.PushStreams.Tests;

public sealed class DeliveryTests(PushCluster cluster)
{
    [Fact]
    public async Task Twenty_thousand_events_arrive_whole_and_in_order_from_a_cold_start()
    {
        var inbox = await cluster.SubscribeAsync(PushCluster.Roomy, "cold");
        await cluster.Publisher("cold").Publish(PushCluster.Roomy, "cold", 0, 20_000);
        await inbox.WaitAsync(20_000);
        inbox.Values.ShouldBe(Enumerable.Range(0, 20_000));
    }

    [Fact]
    public async Task Events_that_wait_together_arrive_together_in_batches_of_256_at_most()
    {
        var inbox = await cluster.SubscribeAsync(PushCluster.Roomy, "batches");
        await cluster.Publisher("batches").Publish(PushCluster.Roomy, "batches", 0, 5_000);
        await inbox.WaitAsync(5_000);
        inbox.Batches.Max(b => b.Length).ShouldBeInRange(2, 256);
    }

    [Fact]
    public async Task What_two_silos_publish_on_one_stream_arrives_whole_and_each_in_order()
    {
        var publishers = await OneOnEachSiloAsync();
        var inbox = await cluster.SubscribeAsync(PushCluster.Roomy, "shared");
        await Task.WhenAll(publishers.Select(p => p.Publish(PushCluster.Roomy, "shared", 0, 10_000)));
        await inbox.WaitAsync(20_000);
        var sources = inbox.Items.GroupBy(n => n.Source).ToArray();
        sources.Length.ShouldBe(2);
        foreach (var source in sources)
            source.Select(n => n.Value).ShouldBe(Enumerable.Range(0, 10_000));
    }

    [Fact]
    public async Task A_subscriber_of_a_stream_that_had_none_gets_all_that_is_published_after()
    {
        var publisher = cluster.Publisher("late");
        await publisher.Publish(PushCluster.Roomy, "late", 0, 100);
        await Until.TrueAsync(() => cluster.Kept(PushCluster.Roomy).Streams > 0, () => "nothing was published");
        var inbox = await cluster.SubscribeAsync(PushCluster.Roomy, "late");
        await publisher.Publish(PushCluster.Roomy, "late", 100, 2_000);
        await inbox.WaitForAsync(2_099);
        inbox.Values.Where(v => v >= 100).ShouldBe(Enumerable.Range(100, 2_000));
    }

    [Fact]
    public async Task Subscribers_of_one_stream_each_get_all_of_it()
    {
        var first = await cluster.SubscribeAsync(PushCluster.Roomy, "twice");
        var second = await cluster.SubscribeAsync(PushCluster.Roomy, "twice");
        await cluster.Publisher("twice").Publish(PushCluster.Roomy, "twice", 0, 2_000);
        await first.WaitAsync(2_000);
        await second.WaitAsync(2_000);
        first.Values.ShouldBe(Enumerable.Range(0, 2_000));
        second.Values.ShouldBe(Enumerable.Range(0, 2_000));
    }

    [Fact]
    public async Task Streams_that_find_the_queue_full_are_delivered_too()
    {
        var streams = Enumerable.Range(0, 50).Select(i => $"narrow-{i}").ToArray();
        var inboxes = new List<Inbox>();
        foreach (var stream in streams)
            inboxes.Add(await cluster.SubscribeAsync(PushCluster.Narrow, stream));
        await cluster.Publisher("narrow").PublishEach(PushCluster.Narrow, streams);
        foreach (var inbox in inboxes)
            await inbox.WaitAsync(1);
        inboxes.Select(i => i.Items.ShouldHaveSingleItem().Source).ShouldBe(streams);
    }

    private async Task<IPublisherGrain[]> OneOnEachSiloAsync()
    {
        var bySilo = new Dictionary<string, IPublisherGrain>(StringComparer.Ordinal);
        for (var i = 0; bySilo.Count < 2 && i < 1_000; i++)
        {
            var grain = cluster.Publisher($"shared-{i}");
            bySilo.TryAdd(await grain.Silo(), grain);
        }
        bySilo.Count.ShouldBe(2);
        return [.. bySilo.Values];
    }
}
