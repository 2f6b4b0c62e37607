using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

public sealed class SlowReaderTests(ClusterPlace place)
{
    private const int Messages = 800;

    [Fact]
    public async Task A_client_that_stops_reading_is_cut_off_alone_and_resumes_where_it_was()
    {
        var cancellation = TestContext.Current.CancellationToken;
        var gateway = place.Cluster.Gateways[^1];
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        await using var carol = await place.NewUserAsync("carol", place.There);
        var chat = await Place.NewGroupAsync(alice, bob, carol);
        await using var hers = await alice.ConnectAsync();
        await using var carols = await carol.ConnectAsync();
        await using var stalled = await StalledReader.ConnectAsync(bob, cancellation);
        var follower = new Follower(bob, chat);
        await follower.CatchUpAsync();
        var cutOffs = await Metrics.SumAsync(gateway, "orleans_chat_gateway_cut_offs_total");

        // Some 12 MB: more than the kernel's buffers on both sides and the gateway's queue of 512 KB together.
        var deepest = 0.0;
        var filler = new string('x', 15_000);
        foreach (var batch in Enumerable.Range(0, Messages).Chunk(40))
        {
            await Task.WhenAll(batch.Select(i => hers.SendPatientlyAsync(chat, $"m{i} {filler}")));
            deepest = Math.Max(deepest, await Metrics.SumAsync(gateway, "orleans_chat_gateway_queued"));
            var due = batch[^1] + 1;
            // At once: before the stalled one is cut off, and while it is.
            await carols.Events.WaitUntilAsync(_ => Place.Pushed(carols, chat).Length >= due, TimeSpan.FromSeconds(5), cancellation);
        }

        deepest.ShouldBeLessThan(2 * 256);
        await Eventually.HoldsAsync(
            "the stalled client is cut off",
            TimeSpan.FromSeconds(15),
            async () => await Metrics.SumAsync(gateway, "orleans_chat_gateway_cut_offs_total") > cutOffs
        );
        await stalled.EndedAsync(cancellation).WaitAsync(TimeSpan.FromSeconds(10), cancellation);
        carols.Events.All.ShouldNotContain(e => EventLog.TypeOf(e) == "gap");
        carols.Closed.IsCompleted.ShouldBeFalse();

        await using var again = await bob.ConnectAsync();
        await follower.CatchUpAsync();
        follower.Contents.ShouldBe(Place.Pushed(carols, chat));
        await hers.SendPatientlyAsync(chat, "after");
        await follower.FollowAsync(again, Messages + 1, TimeSpan.FromSeconds(10));
    }
}
