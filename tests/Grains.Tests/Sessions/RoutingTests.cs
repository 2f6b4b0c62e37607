using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Sessions;

/// <summary>Which gateways are told of a chat's events: those that have a member, and all where that is not known or not worth knowing.</summary>
[Collection(ClustersCollection.Name)]
public sealed class RoutingTests(RoutedCluster routed) : IClassFixture<RoutedCluster>
{
    private readonly GrainCluster _cluster = routed.Cluster;

    [Fact]
    public async Task The_first_event_after_an_awaited_connect_is_pushed_there_on_whatever_silo_its_chat_is()
    {
        await using var gateway = await _cluster.NewGatewayAsync();
        for (var i = 0; i < 20; i++)
        {
            var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
            var chat = await _cluster.NewGroupAsync(ann, bob);
            await _cluster.SayAsync(chat, ann, "before");
            await Eventually.HoldsAsync(async () => !(await _cluster.Client.Session(bob).Routes()).Unknown);

            await gateway.ConnectAsync(bob);
            var said = await _cluster.SayAsync(chat, ann, "after");

            await gateway.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
        }
    }

    /// <summary>Silos ask for the list of gateways once a second, and people connect sooner.</summary>
    [Fact]
    public async Task A_gateway_that_just_began_is_told_though_it_is_in_no_silos_list()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        var chat = await _cluster.NewGroupAsync(ann, bob);
        await _cluster.SayAsync(chat, ann, "before");
        await KnownAsync(ann, bob);
        await using var young = new TestGateway(_cluster, _cluster.NewId("young"));
        await young.SubscribeAsync();

        await young.ConnectAsync(bob);
        var said = await _cluster.SayAsync(chat, ann, "after");

        await young.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
    }

    [Fact]
    public async Task A_chat_is_told_to_the_gateway_that_has_a_member_and_to_no_other()
    {
        var (ann, bob, eve) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"), await _cluster.NewUserAsync("eve"));
        await using var here = await _cluster.NewGatewayAsync("here");
        await using var there = await _cluster.NewGatewayAsync("there");
        await here.ConnectAsync(bob);
        await there.ConnectAsync(eve);
        await KnownAsync(ann, bob);
        var chat = await _cluster.NewGroupAsync(ann, bob);

        await SayManyAsync(chat, ann);
        await there.SettleAsync();
        there.Chat(chat).Pushes.ShouldBeEmpty();

        // The member moves, and the chat follows it.
        var moved = await there.ConnectAsync(bob);
        var told = await _cluster.SayAsync(chat, ann, "both");
        await there.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == told.Revision));
        await there.DisconnectAsync(bob, moved);
        var before = there.Chat(chat).Pushes.Count;
        await SayManyAsync(chat, ann);
        await there.SettleAsync();
        there.Chat(chat).Pushes.Count.ShouldBe(before);

        async Task SayManyAsync(string to, string sender)
        {
            for (var i = 0; i < 5; i++)
            {
                var said = await _cluster.SayAsync(to, sender, $"{i}");
                await here.Chat(to).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
            }
        }
    }

    [Fact]
    public async Task A_chat_above_the_size_of_precise_routing_is_told_to_every_gateway()
    {
        var users = new List<string>();
        for (var i = 0; i <= RoutedCluster.Precise; i++)
            users.Add(await _cluster.NewUserAsync($"user{i}"));
        await using var here = await _cluster.NewGatewayAsync("here");
        await using var there = await _cluster.NewGatewayAsync("there");
        await here.ConnectAsync(users[1]);
        await KnownAsync([.. users]);

        var small = await _cluster.NewGroupAsync([.. users.Take(RoutedCluster.Precise)]);
        var large = await _cluster.NewGroupAsync([.. users]);
        var inSmall = await _cluster.SayAsync(small, users[0], "small");
        var inLarge = await _cluster.SayAsync(large, users[0], "large");
        await here.Chat(small).ReachAsync(inSmall.Revision);
        await here.Chat(large).PushedAsync(p => p.Entries.Any(e => e.Revision == inLarge.Revision));
        await there.Chat(large).PushedAsync(p => p.Entries.Any(e => e.Revision == inLarge.Revision));
        await there.SettleAsync();

        there.Chat(small).Pushes.ShouldBeEmpty();
    }

    /// <summary>An event of a large chat is a write to each of very many connections.</summary>
    [Fact]
    public async Task In_a_chat_above_the_size_of_precise_routing_what_follows_soon_after_another_is_pushed_with_it()
    {
        const int Messages = 100;
        var users = new List<string>();
        for (var i = 0; i <= RoutedCluster.Precise; i++)
            users.Add(await _cluster.NewUserAsync($"user{i}"));
        await using var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(users[1]);
        var chat = await _cluster.NewGroupAsync([.. users]);
        var first = await _cluster.SayAsync(chat, users[0], "first");
        await gateway.Chat(chat).ReachAsync(first.Revision);
        var before = gateway.Chat(chat).Pushes.Count;

        var began = _cluster.Clock.GetTimestamp();
        var last = first.Revision;
        for (var i = 0; i < Messages; i++)
            last = (await _cluster.SayAsync(chat, users[0], $"{i}")).Revision;
        await gateway.Chat(chat).PushedAsync(p => p.Head >= last);
        var pauses = _cluster.Clock.GetElapsedTime(began) / TimeSpan.FromMilliseconds(50);

        var pushes = gateway.Chat(chat).Pushes.Skip(before).ToArray();
        pushes
            .SelectMany(p => p.Entries)
            .Select(e => e.Revision)
            .ShouldBe(Enumerable.Range((int)first.Revision + 1, Messages).Select(r => (long)r));
        ((double)pushes.Length).ShouldBeLessThanOrEqualTo(pauses + 2);
    }

    [Fact]
    public async Task A_member_whose_session_is_lost_again_and_again_is_pushed_every_event()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        await using var gateway = await _cluster.NewGatewayAsync();
        await gateway.ConnectAsync(bob);
        var chat = await _cluster.NewGroupAsync(ann, bob);
        var last = 1L;

        for (var i = 0; i < 15; i++)
        {
            last = (await _cluster.SayAsync(chat, ann, $"before {i}")).Revision;
            var lost = _cluster.DeactivateAsync(_cluster.Client.Session(bob));
            last = (await _cluster.SayAsync(chat, ann, $"while {i}")).Revision;
            await lost;
            last = (await _cluster.SayAsync(chat, ann, $"after {i}")).Revision;
        }

        await gateway.Chat(chat).PushedAsync(p => p.Head >= last);
        gateway
            .Chat(chat)
            .Pushes.SelectMany(p => p.Entries)
            .Select(e => e.Revision)
            .Distinct()
            .Order()
            .ShouldBe(Enumerable.Range(1, (int)last).Select(r => (long)r));
    }

    [Fact]
    public async Task A_member_whose_session_did_not_answer_is_asked_for_again_though_no_silo_comes_or_goes()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        await using var here = await _cluster.NewGatewayAsync("here");
        await using var there = await _cluster.NewGatewayAsync("there");
        await here.ConnectAsync(bob);
        await KnownAsync(ann, bob);
        routed.Stalls.Stall(bob);

        var chat = await _cluster.NewGroupAsync(ann, bob);
        var said = await _cluster.SayAsync(chat, ann, "to wherever you are");
        await there.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
        // The chat's silo gives this question up; the next one is answered.
        await Eventually.HoldsAsync(() => routed.Stalls.Asked(bob) >= 2);
        routed.Stalls.Release(bob);

        await Eventually.HoldsAsync(async () =>
        {
            said = await _cluster.SayAsync(chat, ann, "to where you are");
            await here.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
            await there.SettleAsync();
            return !there.Chat(chat).Pushes.Any(p => p.Entries.Any(e => e.Revision == said.Revision));
        });
    }

    private async Task KnownAsync(params string[] users)
    {
        foreach (var user in users)
            await Eventually.HoldsAsync(async () => !(await _cluster.Client.Session(user).Routes()).Unknown);
    }
}
