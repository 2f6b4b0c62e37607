using Orleans.Chat.EndToEnd;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>One gateway stops, dies or drains; those on the other must not feel it.</summary>
public sealed class GatewayFaultTests(FaultPlace place) : IClassFixture<FaultPlace>, IAsyncLifetime
{
    // The contract's: what a dead gateway held is given up within ten seconds.
    private static readonly TimeSpan GivenUp = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public async ValueTask InitializeAsync() => await place.MendAsync();

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    [Fact]
    public async Task A_message_reaches_only_the_gateway_that_has_members()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var carol = await place.NewUserAsync("carol");
        await using var stranger = await place.NewUserAsync("stranger", place.There);
        var chat = await Place.NewGroupAsync(alice, carol);
        await using var hers = await carol.ConnectAsync();
        await using var elsewhere = await stranger.ConnectAsync();
        await hers.SendPatientlyAsync(chat, "first");
        await Place.MessageAsync(hers, chat, "first");
        // While a gateway that an earlier test killed still has its lease, a new user may be there for all that is known.
        var sent = 0;
        await Eventually.HoldsAsync(
            "members' places are known",
            TimeSpan.FromSeconds(15),
            async () =>
            {
                var found = await FoundNobodyAsync();
                await hers.SendPatientlyAsync(chat, $"early {++sent}");
                await Place.MessageAsync(hers, chat, $"early {sent}");
                return await FoundNobodyAsync() == found;
            }
        );
        var before = await FoundNobodyAsync();

        for (var i = 0; i < 20; i++)
            await hers.SendPatientlyAsync(chat, $"m{i}");
        await Place.MessageAsync(hers, chat, "m19");

        (await FoundNobodyAsync()).ShouldBe(before);
    }

    [Fact]
    public async Task A_gateway_that_stands_still_delays_nobody_elsewhere_and_its_own_clients_converge_after()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        await using var carol = await place.NewUserAsync("carol");
        var chat = await Place.NewGroupAsync(alice, bob, carol);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        await using var carols = await carol.ConnectAsync();
        var follower = new Follower(bob, chat);
        await follower.CatchUpAsync();
        await using var sender = new SteadySender(hers, chat);
        await sender.MoreAsync(20);

        place.ThereGateway.Process.Send(Signal.Pause);
        var begun = TimeProvider.System.GetTimestamp();
        while (TimeProvider.System.GetElapsedTime(begun) < TimeSpan.FromSeconds(12))
        {
            await sender.MoreAsync(50);
            // What was accepted arrives while the other gateway stands still.
            var accepted = sender.Sent.Count;
            await carols.Events.WaitUntilAsync(_ => Place.Pushed(carols, chat).Length >= accepted, TimeSpan.FromSeconds(5));
        }
        // Its lease is over: nothing more is kept for it.
        var kept = await BacklogAsync();
        await sender.MoreAsync(200);
        (await BacklogAsync() - kept).ShouldBeLessThan(100);
        place.ThereGateway.Process.Send(Signal.Continue);
        await sender.MoreAsync(20);
        var sent = await sender.StopAsync();

        await carols.Events.WaitUntilAsync(_ => Place.Pushed(carols, chat).Length >= sent.Length, Patience);
        Place.Pushed(carols, chat).ShouldBe(sent);
        carols.Events.All.ShouldNotContain(e => EventLog.TypeOf(e) == "gap" || EventLog.TypeOf(e) == "sync.required");
        await ConvergeAsync(follower, bob, his, sent.Length);
        follower.Contents.ShouldBe(sent);
        // And goes on by pushes: the gateway has its place again.
        await hers.SendPatientlyAsync(chat, "after");
        await follower.FollowAsync(his.Closed.IsCompleted ? await bob.ConnectAsync() : his, sent.Length + 1, Patience);
    }

    [Fact]
    public async Task A_gateway_that_died_is_given_up_within_ten_seconds_and_its_users_resume_elsewhere()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        await hers.InvokeAsync("WatchPresence", new { user_ids = new[] { bob.UserId } });
        await hers.SendPatientlyAsync(chat, "before");
        await Place.MessageAsync(his, chat, "before");

        await FaultPlace.KillAsync(place.ThereGateway);
        var gone = await hers.Events.WaitForAsync(
            e => EventLog.TypeOf(e) == "presence" && e.GetProperty("status").GetString() == "offline",
            GivenUp
        );
        gone.GetProperty("user_id").GetString().ShouldBe(bob.UserId);
        var published = await PublishedAsync();
        for (var i = 0; i < 50; i++)
            await hers.SendPatientlyAsync(chat, $"m{i}");
        await Place.MessageAsync(hers, chat, "m49");
        // Once for each message, for the gateway that lives, and some heartbeats.
        (await PublishedAsync() - published).ShouldBeInRange(50, 80);

        await using var elsewhere = new RawClient(place.Here);
        await elsewhere.LoginAsync(bob.UserId!);
        await using var again = await elsewhere.ConnectAsync();
        var follower = new Follower(elsewhere, chat);
        await follower.CatchUpAsync();
        follower.Contents.ShouldBe(["before", .. Enumerable.Range(0, 50).Select(i => $"m{i}")]);
        await hers.SendPatientlyAsync(chat, "after");
        await Place.MessageAsync(again, chat, "after");
    }

    [Fact]
    public async Task A_gateway_that_is_asked_to_end_sends_its_clients_away_and_ends_clean()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        await using var his = await bob.ConnectAsync();
        var process = place.ThereGateway.Process;

        process.Send(Signal.Terminate);
        var draining = await his.Events.WaitForTypeAsync("server.draining");
        (await FaultPlace.IsReadyAsync(place.ThereGateway)).ShouldBeFalse();
        process.HasExited.ShouldBeFalse();
        draining.GetProperty("after_ms").GetInt64().ShouldBeInRange(0, 10_000);
        // Until its time it is served.
        await hers.SendPatientlyAsync(chat, "while it drains");
        if (!his.Closed.IsCompleted)
            await Place.MessageAsync(his, chat, "while it drains");
        // A refused connection would be a client that is sent from one draining gateway to the next.
        var refused = await Should.ThrowAsync<Exception>(async () => await bob.ConnectAsync());
        refused.ShouldNotBeNull();

        await his.Closed.WaitAsync(TimeSpan.FromMilliseconds(draining.GetProperty("after_ms").GetInt64()) + TimeSpan.FromSeconds(5));
        (await process.WaitForExitAsync(TestContext.Current.CancellationToken)).ShouldBe(0);

        await using var elsewhere = new RawClient(place.Here);
        await elsewhere.LoginAsync(bob.UserId!);
        await using var again = await elsewhere.ConnectAsync();
        (await Place.ContentsAsync(elsewhere, chat)).ShouldBe(["while it drains"]);
        await hers.SendPatientlyAsync(chat, "after");
        await Place.MessageAsync(again, chat, "after");
        await Place.MessageAsync(hers, chat, "after");
    }

    private Task<double> FoundNobodyAsync() =>
        Metrics.SumAsync(place.Cluster.Gateways, "orleans_chat_gateway_events_without_members_total");

    private Task<double> BacklogAsync() => Metrics.SumAsync(place.Cluster.Silos, "orleans_chat_stream_backlog");

    private Task<double> PublishedAsync() => Metrics.SumAsync(place.Cluster.Silos, "orleans_chat_stream_published_total");

    /// <summary>By what is pushed, or, where the gateway closed the connection, by another one.</summary>
    private static async Task ConvergeAsync(Follower follower, RawClient client, RawHub hub, int count)
    {
        var following = follower.FollowAsync(hub, count, Patience);
        if (await Task.WhenAny(following, hub.Closed) == following)
        {
            await following;
            return;
        }
        await using var again = await client.ConnectAsync();
        await follower.CatchUpAsync();
        await follower.FollowAsync(again, count, Patience);
    }
}
