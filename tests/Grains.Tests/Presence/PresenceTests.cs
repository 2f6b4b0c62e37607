using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Presence;
using Orleans.Chat.Grains.Presence;
using Orleans.Chat.Grains.Tests.Users;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Presence;

[Collection(AccountsCollection.Name)]
public sealed class PresenceTests(AccountsSilo silo)
{
    private static readonly TimeSpan Gathered = TimeSpan.FromMilliseconds(250);

    private IPresenceGrain Of(string user) => silo.Client.Presence(user);

    private Task Come(string user, string gateway = "g1") => silo.Client.Session(user).Connect(gateway, "c-" + gateway, "s1");

    private Task Go(string user, string gateway = "g1") => silo.Client.Session(user).Disconnect(gateway, "c-" + gateway);

    private async Task<string> Status(string user, string viewer) => (await Of(user).Get(viewer)).Status;

    /// <summary>Moves the clock, and waits until what was due at the grain was done.</summary>
    private async Task Pass(string user, TimeSpan time)
    {
        silo.Clock.Advance(time);
        for (var i = 0; i < 20; i++)
            await Of(user).Get(user);
    }

    private Task FlushAsync() => silo.Service<LastSeenFlusher>().FlushAsync(TestContext.Current.CancellationToken);

    [Fact]
    public async Task A_user_is_online_while_a_connection_is_there()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        (await Status(alice, bob)).ShouldBe(PresenceStatus.Offline);

        await Come(alice, "g1");
        await Come(alice, "g2");
        await Go(alice, "g1");
        (await Of(alice).Get(bob)).ShouldBe(new UserPresence { UserId = alice, Status = PresenceStatus.Online });

        await Go(alice, "g2");
        (await Of(alice).Get(bob)).ShouldBe(
            new UserPresence
            {
                UserId = alice,
                Status = PresenceStatus.Offline,
                LastSeenAt = silo.Clock.GetUtcNow(),
            }
        );
    }

    [Fact]
    public async Task When_a_user_was_last_seen_is_kept_soon_after()
    {
        var alice = (await silo.NewUser()).UserId;
        await Come(alice);
        await Go(alice);
        var left = silo.Clock.GetUtcNow();
        silo.Store.Row(alice)!.LastSeenAt.ShouldBeNull();

        silo.Clock.Advance(TimeSpan.FromSeconds(3));

        await Eventually.HoldsAsync(() => Task.FromResult(silo.Store.Row(alice)!.LastSeenAt == left));
        await silo.LoseAsync(Of(alice));
        (await Of(alice).Get("somebody")).LastSeenAt.ShouldBe(left);
    }

    [Fact]
    public async Task When_a_user_was_last_seen_is_written_again_after_a_fault()
    {
        var alice = (await silo.NewUser()).UserId;
        await Come(alice);
        await Go(alice);
        var left = silo.Clock.GetUtcNow();
        silo.Store.Unwritable = alice;
        await FlushAsync();
        silo.Store.Row(alice)!.LastSeenAt.ShouldBeNull();

        await FlushAsync();

        silo.Store.Row(alice)!.LastSeenAt.ShouldBe(left);
    }

    [Fact]
    public async Task Who_is_back_at_once_is_not_written_of()
    {
        var alice = (await silo.NewUser()).UserId;
        await Come(alice);
        await Go(alice);
        await Come(alice);
        await FlushAsync();
        silo.Store.Row(alice)!.LastSeenAt.ShouldBeNull();

        await Go(alice);
        var left = silo.Clock.GetUtcNow();
        await FlushAsync();

        silo.Store.Row(alice)!.LastSeenAt.ShouldBe(left);
    }

    [Fact]
    public async Task Who_is_back_and_invisible_was_seen_when_it_left()
    {
        var alice = (await silo.NewUser()).UserId;
        await Come(alice);
        await Of(alice).Set(PresenceStatus.Invisible);
        await Of(alice).Set(PresenceStatus.Online);
        await Go(alice);
        var left = silo.Clock.GetUtcNow();
        await Of(alice).Set(PresenceStatus.Invisible);
        await Come(alice);

        await FlushAsync();

        silo.Store.Row(alice)!.LastSeenAt.ShouldBe(left);
    }

    [Fact]
    public async Task Privacy_hides_when_a_user_was_last_seen_and_not_that_it_is_there()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await silo.Client.Account(alice).Update(new UpdateUser { Privacy = new Privacy { LastSeen = "nobody" } });

        (await Status(alice, bob)).ShouldBe(PresenceStatus.Online);
        await Go(alice);
        (await Of(alice).Get(bob)).LastSeenAt.ShouldBeNull();
        (await Of(alice).Get(alice)).LastSeenAt.ShouldNotBeNull();
    }

    [Theory]
    [InlineData(PresenceStatus.Away)]
    [InlineData(PresenceStatus.Dnd)]
    public async Task A_chosen_status_holds_while_connected_and_over_a_reconnection(string status)
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await Of(alice).Set(status);
        (await Status(alice, bob)).ShouldBe(status);

        await Go(alice);
        (await Status(alice, bob)).ShouldBe(PresenceStatus.Offline);
        await Come(alice);
        (await Status(alice, bob)).ShouldBe(status);

        await Go(alice);
        await Pass(alice, TimeSpan.FromSeconds(61));
        await Come(alice);
        (await Status(alice, bob)).ShouldBe(PresenceStatus.Online);
    }

    [Fact]
    public async Task An_invisible_user_is_offline_to_others_leaves_no_trace_and_is_told_nothing_of_it()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await Of(alice).Set(PresenceStatus.Invisible);
        await Pass(alice, Gathered);
        await Of(alice).Watch("g9", bob);

        (await Of(alice).Get(bob)).ShouldBe(new UserPresence { UserId = alice, Status = PresenceStatus.Offline });
        (await Status(alice, alice)).ShouldBe(PresenceStatus.Invisible);
        await Go(alice);
        await FlushAsync();

        silo.Gateways.PresencesOf(alice).Where(p => p.Gateway == "g9").ShouldBeEmpty();
        silo.Store.Row(alice)!.LastSeenAt.ShouldBeNull();
    }

    [Fact]
    public async Task Blocked_either_way_a_user_is_offline_without_last_seen()
    {
        var (alice, bob, carol) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await Come(bob);
        await silo.Client.Account(alice).Block(bob, blocked: true);

        (await Status(alice, bob)).ShouldBe(PresenceStatus.Offline);
        (await Status(bob, alice)).ShouldBe(PresenceStatus.Offline);
        (await Status(alice, carol)).ShouldBe(PresenceStatus.Online);
        await Go(alice);
        (await Of(alice).Get(bob)).LastSeenAt.ShouldBeNull();
        (await Of(alice).Get(carol)).LastSeenAt.ShouldNotBeNull();

        await silo.Client.Account(alice).Block(bob, blocked: false);
        (await Status(bob, alice)).ShouldBe(PresenceStatus.Online);
    }

    [Fact]
    public async Task A_change_goes_to_watching_gateways_and_not_to_the_blocked()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await silo.Client.Account(alice).Block(bob, blocked: true);
        await Of(alice).Watch("g1", "viewer");
        await Of(alice).Watch("g2", "viewer");
        await Of(alice).Unwatch("g2");

        await Come(alice, "g3");

        var (gateway, change) = silo.Gateways.Of<PresenceChanged>(p => p.Presence.UserId == alice).ShouldHaveSingleItem();
        gateway.ShouldBe("g1");
        change.Presence.Status.ShouldBe(PresenceStatus.Online);
        change.HiddenFrom.ShouldBe([bob]);
    }

    [Fact]
    public async Task Changes_in_short_order_go_as_the_first_and_the_last()
    {
        var alice = (await silo.NewUser()).UserId;
        await Of(alice).Watch("g1", "viewer");

        await Come(alice);
        foreach (var status in new[] { PresenceStatus.Away, PresenceStatus.Dnd, PresenceStatus.Online, PresenceStatus.Away })
            await Of(alice).Set(status);
        silo.Gateways.PresencesOf(alice).Select(p => p.Presence.Status).ShouldBe([PresenceStatus.Online]);
        await Pass(alice, Gathered);
        await Pass(alice, Gathered);

        silo.Gateways.PresencesOf(alice).Select(p => p.Presence.Status).ShouldBe([PresenceStatus.Online, PresenceStatus.Away]);
    }

    [Fact]
    public async Task A_change_that_was_taken_back_in_time_is_not_told()
    {
        var alice = (await silo.NewUser()).UserId;
        await Of(alice).Watch("g1", "viewer");

        await Come(alice);
        await Go(alice);
        await Come(alice);
        await Pass(alice, Gathered);

        silo.Gateways.PresencesOf(alice).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_new_block_is_told_to_who_shares_a_chat_and_saw_the_user()
    {
        var (alice, bob, stranger) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        silo.Lists.Sharing.Add((alice, bob));
        await Come(alice);
        await Come(bob, "g5");
        await Come(stranger, "g6");
        await Of(alice).Watch("g5", bob);

        await silo.Client.Account(alice).Block(bob, blocked: true);
        await silo.Client.Account(alice).Block(stranger, blocked: true);

        var (gateway, told) = silo.Gateways.Of<UserEvent>(e => e.UserId == bob).ShouldHaveSingleItem();
        gateway.ShouldBe("g5");
        told.Event.ShouldBe(new PresenceEvent(alice, PresenceStatus.Offline, null));
        silo.Gateways.Of<UserEvent>(e => e.UserId == stranger).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_watches_a_user_that_blocked_somebody_before_is_told_when_it_goes()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await silo.Client.Account(alice).Block(bob, blocked: true);
        await Pass(bob, Gathered);
        (await Of(alice).Watch("g5", "viewer"))!.Status.ShouldBe(PresenceStatus.Online);

        await Go(alice);

        silo.Gateways.PresencesOf(alice).Select(p => p.Presence.Status).ShouldBe([PresenceStatus.Offline]);
    }

    [Fact]
    public async Task A_lost_activation_asks_where_the_user_is()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);

        await silo.LoseAsync(Of(alice));

        (await Status(alice, bob)).ShouldBe(PresenceStatus.Online);
    }

    [Fact]
    public async Task Gateways_that_died_watch_no_more()
    {
        var alice = (await silo.NewUser()).UserId;
        await Of(alice).Watch("g1", "viewer");
        await Of(alice).Watch("died", "viewer");

        await Pass(alice, TimeSpan.FromSeconds(61));
        await Come(alice);

        silo.Gateways.PresencesOf(alice).Select(p => p.Gateway).ShouldBe(["g1"]);
    }

    [Fact]
    public async Task A_watched_user_whose_session_was_lost_with_its_gateway_goes_offline()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        await Of(alice).Watch("g1", bob);

        await silo.LoseAsync(silo.Client.Session(alice));
        await Pass(alice, TimeSpan.FromSeconds(61));

        (await Status(alice, bob)).ShouldBe(PresenceStatus.Offline);
    }

    [Fact]
    public async Task While_blocks_cannot_be_read_nobody_sees_anything()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);
        await Come(alice);
        silo.Store.Down = true;
        try
        {
            await silo.LoseAsync(Of(alice));
            (await Of(alice).Watch("g1", bob)).ShouldBe(new UserPresence { UserId = alice, Status = PresenceStatus.Offline });
            (await Status(alice, alice)).ShouldBe(PresenceStatus.Online);
        }
        finally
        {
            silo.Store.Down = false;
        }

        (await Status(alice, bob)).ShouldBe(PresenceStatus.Online);
        silo.Gateways.PresencesOf(alice).ShouldHaveSingleItem().Presence.Status.ShouldBe(PresenceStatus.Online);
    }
}
