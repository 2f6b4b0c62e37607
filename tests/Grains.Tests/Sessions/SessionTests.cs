using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Grains.Tests.Sessions;

/// <summary>What a session knows of where its user is, and what it makes of silence and death.</summary>
[Collection(ClustersCollection.Name)]
public sealed class SessionTests(RoutedCluster routed) : IClassFixture<RoutedCluster>
{
    private readonly GrainCluster _cluster = routed.Cluster;

    private Task<UserRoutes> RoutesAsync(string user) => _cluster.Client.Session(user).Routes();

    [Fact]
    public async Task A_user_is_anywhere_until_every_live_gateway_has_answered()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        await using var prompt = await _cluster.NewGatewayAsync("prompt");
        await using var mute = await _cluster.NewGatewayAsync("mute");
        mute.Answers = false;

        (await RoutesAsync(bob)).Unknown.ShouldBeTrue();
        await prompt.HearsAsync<WhoIsHere>(q => q.UserIds.Contains(bob));
        await prompt.AnnounceAsync(bob);
        (await RoutesAsync(bob)).Unknown.ShouldBeTrue();

        var chat = await _cluster.NewGroupAsync(ann, bob);
        var said = await _cluster.SayAsync(chat, ann, "to wherever you are");
        await mute.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));
        await prompt.Chat(chat).PushedAsync(p => p.Entries.Any(e => e.Revision == said.Revision));

        await mute.AnnounceAsync(ann);
        await mute.AnnounceAsync(bob);
        var routes = await RoutesAsync(bob);
        (routes.Unknown, routes.Gateways.Length).ShouldBe((false, 0));

        await NothingIsPushedAsync(chat, ann, prompt, mute);
    }

    [Fact]
    public async Task A_gateway_that_dies_owes_no_answer_any_more()
    {
        var bob = await _cluster.NewUserAsync("bob");
        await using var prompt = await _cluster.NewGatewayAsync("prompt");
        await using var mute = await _cluster.NewGatewayAsync("mute");
        mute.Answers = false;
        (await RoutesAsync(bob)).Unknown.ShouldBeTrue();

        await mute.FallSilentAsync();

        await Eventually.HoldsAsync(async () => !(await RoutesAsync(bob)).Unknown);
    }

    [Fact]
    public async Task What_a_gateway_held_that_died_is_given_up_and_its_users_are_offline()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        await using var stays = await _cluster.NewGatewayAsync("stays");
        await using var dies = await _cluster.NewGatewayAsync("dies");
        await stays.ConnectAsync(ann);
        await dies.ConnectAsync(bob);
        var chat = await _cluster.NewGroupAsync(ann, bob);
        await Eventually.HoldsAsync(async () => !(await RoutesAsync(bob)).Unknown);
        (await _cluster.Client.Presence(bob).Watch(stays.Id, ann))!.Status.ShouldBe(PresenceStatus.Online);

        await dies.FallSilentAsync();

        await stays.HearsAsync<PresenceChanged>(e => e.Presence is { Status: PresenceStatus.Offline } p && p.UserId == bob);
        (await RoutesAsync(bob)).Gateways.ShouldBeEmpty();
        await _cluster.SayAsync(chat, ann, "who is left?");
        await stays.Chat(chat).ReachAsync(2);
    }

    [Fact]
    public async Task A_connection_activates_no_chat()
    {
        var (ann, bob) = (await _cluster.NewUserAsync("ann"), await _cluster.NewUserAsync("bob"));
        await using var gateway = await _cluster.NewGatewayAsync();
        var chat = await _cluster.NewGroupAsync(ann, bob);
        await _cluster.SayAsync(chat, ann, "hello");
        await _cluster.DeactivateAsync(_cluster.Client.Chat(chat));

        await gateway.ConnectAsync(bob);
        await gateway.SettleAsync();

        (await _cluster.PlaceOfAsync(_cluster.Client.Chat(chat))).ShouldBeNull();
    }

    [Fact]
    public async Task A_session_that_serves_nobody_is_collected()
    {
        var gone = await _cluster.NewUserAsync("gone");
        await Eventually.HoldsAsync(async () => !(await RoutesAsync(gone)).Unknown);

        // Its timer goes off again and again, much faster than the age it is collected at, and that alone must not keep it. Between two times
        // it is left alone, or no collection finds it without a call that runs.
        await Eventually.HoldsAsync(async () =>
        {
            _cluster.Clock.Advance(TimeSpan.FromMinutes(1));
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
            await _cluster.Client.Management().ForceActivationCollection(TimeSpan.FromSeconds(2));
            return await _cluster.PlaceOfAsync(_cluster.Client.Session(gone)) is null;
        });
    }

    private async Task NothingIsPushedAsync(string chat, string sender, params TestGateway[] gateways)
    {
        var before = gateways.Select(g => g.Chat(chat).Pushes.Count).ToArray();
        var said = await _cluster.SayAsync(chat, sender, "to nobody there");
        // Deactivating waits until the chat has published all that it has.
        await _cluster.DeactivateAsync(_cluster.Client.Chat(chat));
        foreach (var gateway in gateways)
            await gateway.SettleAsync();
        gateways.Select(g => g.Chat(chat).Pushes.Count).ShouldBe(before, $"revision {said.Revision} was pushed");
    }
}
