namespace Orleans.Chat.PushStreams.Tests;

public sealed class BacklogTests(PushCluster cluster)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_stuck_stream_overflows_into_one_event_and_its_neighbour_loses_nothing()
    {
        var release = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var slow = new Inbox
        {
            Receive = _ =>
            {
                entered.TrySetResult();
                return release.Task;
            },
        };
        // A client handles one delivery at a time; the slow one is a grain, so that it holds up nobody but itself.
        SubscriberGrain.Inboxes["slow"] = slow;
        await cluster.Cluster.Client.GetGrain<ISubscriberGrain>("slow").Subscribe(PushCluster.Small);
        var healthy = await cluster.SubscribeAsync(PushCluster.Small, "healthy");
        var publisher = cluster.Publisher("both");
        await publisher.Publish(PushCluster.Small, "slow", 0, 1);
        await entered.Task.WaitAsync(TimeSpan.FromSeconds(60), Ct);

        for (var i = 0; i < 25; i++)
        {
            await publisher.Publish(PushCluster.Small, "slow", 1 + (i * 100), 100);
            await publisher.Publish(PushCluster.Small, "healthy", i * 100, 100);
            await healthy.WaitAsync((i + 1) * 100);
            cluster.Kept(PushCluster.Small).Events.ShouldBeLessThanOrEqualTo(PushCluster.SmallBacklog);
        }
        healthy.Values.ShouldBe(Enumerable.Range(0, 2_500));

        release.SetResult();
        await slow.WaitForAsync(2_500);
        // 0 was on its way. 1,001 found 1,000 waiting; 2,001 found the overflow event and 999 after it.
        slow.Values.ShouldBe([0, Numbered.Overflow.Value, .. Enumerable.Range(2_002, 499)]);
    }

    [Fact]
    public async Task What_every_subscriber_has_is_let_go()
    {
        var inbox = await cluster.SubscribeAsync(PushCluster.Hasty, "kept");
        var publisher = cluster.Publisher("kept");
        for (var round = 1; round <= 3; round++)
        {
            await publisher.Publish(PushCluster.Hasty, "kept", 0, 5_000);
            await inbox.WaitAsync(round * 5_000);
        }
        await Until.TrueAsync(() => cluster.Kept(PushCluster.Hasty).Events == 0, () => $"{cluster.Kept(PushCluster.Hasty)} kept");
    }

    [Fact]
    public async Task What_nobody_subscribed_to_is_forgotten_and_its_stream_too()
    {
        var publisher = cluster.Publisher("nobody");
        var before = cluster.Kept(PushCluster.Hasty).Streams;
        // The second comes when the agent knows the stream and that it has no subscriber.
        for (var round = 0; round < 2; round++)
        {
            for (var i = 0; i < 20; i++)
                await publisher.Publish(PushCluster.Hasty, $"nobody-{i}", 0, 50);
            await Until.TrueAsync(
                () => cluster.Kept(PushCluster.Hasty) is { Events: 0 } kept && kept.Streams <= before + 1,
                () => $"{cluster.Kept(PushCluster.Hasty)} kept, {before} streams before"
            );
        }
    }
}
