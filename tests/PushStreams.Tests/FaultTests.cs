namespace Orleans.Chat.PushStreams.Tests;

public sealed class FaultTests(PushCluster cluster)
{
    [Fact]
    public async Task An_event_that_the_interceptor_refuses_is_lost_and_no_other()
    {
        var inbox = await cluster.SubscribeAsync(PushCluster.Roomy, "dropping");
        cluster.Dropper.Refused.TryAdd(("dropping", 3), 0);
        await cluster.Publisher("dropping").Publish(PushCluster.Roomy, "dropping", 0, 6);
        await inbox.WaitForAsync(5);
        inbox.Values.ShouldBe([0, 1, 2, 4, 5]);
    }

    [Fact]
    public async Task A_subscriber_that_fails_loses_what_it_refused_and_stops_nobody()
    {
        var failing = new Inbox
        {
            Receive = batch => batch.Any(n => n.Value < 10) ? throw new InvalidOperationException("Refused.") : Task.CompletedTask,
        };
        SubscriberGrain.Inboxes["failing"] = failing;
        await cluster.Cluster.Client.GetGrain<ISubscriberGrain>("failing").Subscribe(PushCluster.Hasty);
        var healthy = await cluster.SubscribeAsync(PushCluster.Hasty, "failing");
        var publisher = cluster.Publisher("failing");

        await publisher.Publish(PushCluster.Hasty, "failing", 0, 10);
        await healthy.WaitAsync(10);
        await publisher.Publish(PushCluster.Hasty, "failing", 10, 10);
        await healthy.WaitAsync(20);
        healthy.Values.ShouldBe(Enumerable.Range(0, 20));

        await Until.TrueAsync(() => failing.Errors > 0, () => "the failing subscriber was not told");
        await publisher.Publish(PushCluster.Hasty, "failing", 20, 10);
        await failing.WaitForAsync(29);
        failing.Values.Where(v => v >= 20).ShouldBe(Enumerable.Range(20, 10));
    }

    [Fact]
    public async Task A_client_that_publishes_is_told_that_it_cannot()
    {
        var stream = cluster.Stream(PushCluster.Roomy, "client");
        var refusal = await Should.ThrowAsync<NotSupportedException>(() => stream.OnNextAsync(new Numbered("client", 1)));
        refusal.Message.ShouldContain(PushCluster.Roomy);
    }
}
