using Orleans.Chat.EndToEnd;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>A silo that dies, and on purpose the one that holds a certain grain.</summary>
public sealed class SiloDeathTests(FaultPlace place) : IClassFixture<FaultPlace>, IAsyncLifetime
{
    private const string TakesLong = "Takes minutes: ./test.sh faults --all runs it.";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    private Activations _activations = null!;

    public static bool IsLongRun => Environment.GetEnvironmentVariable("FAULTS") == "all";

    public async ValueTask InitializeAsync()
    {
        await place.MendAsync();
        _activations = await Activations.ConnectAsync(place.Cluster);
        await _activations.ActiveSilosAsync(2);
    }

    public ValueTask DisposeAsync() => _activations.DisposeAsync();

    [Fact]
    public async Task A_member_whose_session_died_with_its_silo_gets_everything_without_reconnecting()
    {
        await using var pair = await PairAsync((session, chat) => session != chat);
        await using var sender = new SteadySender(pair.Hers, pair.Chat);
        await sender.MoreAsync(20);

        await FaultPlace.KillAsync(pair.SessionSilo);
        await _activations.ActiveSilosAsync(1);
        await sender.MoreAsync(50);
        var sent = await sender.StopAsync();

        await pair.His.Events.WaitUntilAsync(_ => Place.Pushed(pair.His, pair.Chat).Length >= sent.Length + 1, Patience);
        Place.Pushed(pair.His, pair.Chat).ShouldBe(["first", .. sent]);
        // By its route and one by one: what resynchronisations bring comes with those that the death set off, which end.
        for (var i = 0; i < 20; i++)
        {
            await pair.Hers.SendPatientlyAsync(pair.Chat, $"late {i}");
            await pair.His.Events.WaitUntilAsync(_ => Place.Pushed(pair.His, pair.Chat)[^1] == $"late {i}", TimeSpan.FromSeconds(5));
        }
        pair.His.Closed.IsCompleted.ShouldBeFalse();
        pair.His.Events.All.ShouldNotContain(e => EventLog.TypeOf(e) == "gap" || EventLog.TypeOf(e) == "sync.required");
    }

    [Fact]
    public async Task Sends_pipelined_on_one_connection_keep_their_order_while_their_chats_silo_dies()
    {
        await using var pair = await PairAsync((_, _) => true);
        var retries = await Metrics.SumAsync(place.HereGateway, "orleans_chat_gateway_retries_total");

        var sends = Enumerable.Range(0, 200).Select(i => pair.Hers.SendPatientlyAsync(pair.Chat, $"m{i}")).ToList();
        await sends[50];
        pair.ChatSilo.Process.Send(Signal.Kill);
        for (var i = 200; !pair.ChatSilo.Process.HasExited || i < 400; i++)
            sends.Add(pair.Hers.SendPatientlyAsync(pair.Chat, $"m{i}"));
        var accepted = await Task.WhenAll(sends);

        var kept = await AllContentsAsync(pair.Bob, pair.Chat, accepted.Length + 1);
        kept.ShouldBe(["first", .. accepted.Select(a => a.Content)], ignoreOrder: true);
        var byFirstTry = accepted.Where(a => a.Tries == 1).Select(a => a.Content).ToArray();
        kept.Where(byFirstTry.Contains).ShouldBe(byFirstTry);
        (await Metrics.SumAsync(place.HereGateway, "orleans_chat_gateway_retries_total")).ShouldBeGreaterThan(retries);
        // Hundreds at once may be more than a connection's queue holds on a busy machine: it is then told of the gap, and asks.
        var follower = new Follower(pair.Bob, pair.Chat);
        await follower.FollowAsync(pair.His, kept.Count, Patience);
        follower.Contents.ShouldBe(kept);
    }

    [Fact]
    public async Task A_presence_is_watched_again_when_its_silo_died()
    {
        await using var pair = await PairAsync((_, _) => true);
        await pair.Hers.InvokeAsync("WatchPresence", new { user_ids = new[] { pair.Bob.UserId } });
        var silo = await _activations.SiloOfAsync(_activations.Grains.Presence(pair.Bob.UserId!));

        await FaultPlace.KillAsync(silo.ShouldNotBeNull());
        await _activations.ActiveSilosAsync(1);
        await pair.His.CallPatientlyAsync("SetPresence", new { status = "dnd" });

        await pair.Hers.Events.WaitForAsync(
            e => EventLog.TypeOf(e) == "presence" && e.GetProperty("status").GetString() == "dnd",
            Patience
        );
        // Bob was there all the time.
        EventStatuses(pair.Hers).ShouldNotContain("offline");
    }

    [Fact]
    public async Task A_silo_that_is_asked_to_end_hands_its_chats_over_and_ends_clean()
    {
        await using var pair = await PairAsync((_, _) => true);
        await using var sender = new SteadySender(pair.Hers, pair.Chat);
        await sender.MoreAsync(50);

        pair.ChatSilo.Process.Send(Signal.Terminate);
        (
            await pair.ChatSilo.Process.WaitForExitAsync(TestContext.Current.CancellationToken).WaitAsync(pair.ChatSilo.StopPatience)
        ).ShouldBe(0);
        await sender.MoreAsync(50);
        var sent = await sender.StopAsync();

        (await _activations.SiloOfAsync(_activations.Grains.Chat(pair.Chat))).ShouldNotBeNull().ShouldNotBe(pair.ChatSilo);
        (await AllContentsAsync(pair.Bob, pair.Chat, sent.Length + 1)).ShouldBe(["first", .. sent]);
        await pair.His.Events.WaitUntilAsync(_ => Place.Pushed(pair.His, pair.Chat).Length >= sent.Length + 1, Patience);
        Place.Pushed(pair.His, pair.Chat).ShouldBe(["first", .. sent]);
    }

    [Fact]
    public async Task When_all_silos_died_and_came_back_the_connected_clients_converge()
    {
        await using var pair = await PairAsync((_, _) => true);
        var follower = new Follower(pair.Bob, pair.Chat);
        await follower.CatchUpAsync();
        await using var sender = new SteadySender(pair.Hers, pair.Chat);
        await sender.MoreAsync(20);

        await Task.WhenAll(place.Cluster.Silos.Select(FaultPlace.KillAsync));
        foreach (var gateway in place.Cluster.Gateways)
            await Eventually.HoldsAsync($"{gateway.Name} is not ready", Patience, async () => !await FaultPlace.IsReadyAsync(gateway));
        await place.MendAsync();
        await sender.MoreAsync(20);
        var sent = await sender.StopAsync();

        await follower.FollowAsync(pair.His, sent.Length + 1, Patience);
        follower.Contents.ShouldBe(["first", .. sent]);
        pair.His.Closed.IsCompleted.ShouldBeFalse();
        pair.Hers.Closed.IsCompleted.ShouldBeFalse();
    }

    [Fact(Skip = TakesLong, SkipUnless = nameof(IsLongRun))]
    public async Task Ten_deaths_one_after_the_other_lose_double_and_reorder_nothing()
    {
        await using var pair = await PairAsync((_, _) => true);
        await using var sender = new SteadySender(pair.Hers, pair.Chat);
        for (var deaths = 0; deaths < 10; deaths++)
        {
            await sender.MoreAsync(50);
            // In turn, so that the chat, the sessions and what knows the gateways all move again and again.
            await FaultPlace.KillAsync(place.Cluster.Silos[deaths % 2]);
            await _activations.ActiveSilosAsync(1);
            await sender.MoreAsync(50);
            await place.MendAsync();
            await _activations.ActiveSilosAsync(2);
        }
        var sent = await sender.StopAsync();

        var follower = new Follower(pair.Bob, pair.Chat);
        await follower.FollowAsync(pair.His, sent.Length + 1, Patience);
        follower.Contents.ShouldBe(["first", .. sent]);
        pair.His.Closed.IsCompleted.ShouldBeFalse();
    }

    /// <summary>Alice here and Bob there, both connected, in a chat that is active, where the silos of his session and of the chat are as wanted.</summary>
    private async Task<Pair> PairAsync(Func<ServerProcess, ServerProcess, bool> wanted)
    {
        for (var tries = 0; tries < 30; tries++)
        {
            var pair = await Pair.CreateAsync(place, _activations);
            if (wanted(pair.SessionSilo, pair.ChatSilo))
                return pair;
            await pair.DisposeAsync();
        }
        throw new InvalidOperationException("The grains always lay on the same silo.");
    }

    private static string[] EventStatuses(RawHub hub) =>
        [.. hub.Events.OfType("presence").Select(e => e.GetProperty("status").GetString()!)];

    private static async Task<IReadOnlyList<string>> AllContentsAsync(RawClient reader, string chat, int count)
    {
        var follower = new Follower(reader, chat);
        await follower.CatchUpAsync();
        follower.Contents.Count.ShouldBe(count);
        return follower.Contents;
    }
}
