using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Gateway.Health;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Gateway.Tests.Delivery.Rig;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class ConnectionsTests : IDisposable
{
    private readonly Rig _rig = new();
    private readonly FakeCalls _calls = new();
    private readonly FakePort _port = new();
    private readonly Draining _draining;
    private readonly PresenceWatches _watches;
    private readonly Sources _sources;
    private readonly Announcer _announcer;
    private readonly Resync _resync;
    private readonly ItemRouter _router;
    private readonly Connections _connections;

    public ConnectionsTests()
    {
        var options = Options.Create(new DeliveryOptions());
        var lanes = new SessionLanes();
        _announcer = new Announcer(_rig.Connections, lanes, _calls, options, _rig.Time, NullLogger<Announcer>.Instance);
        _watches = new PresenceWatches(_rig.Connections, _calls, NullLogger<PresenceWatches>.Instance);
        _draining = new Draining(_rig.Connections, new Random(1), _rig.Time, TimeSpan.FromSeconds(10));
        _sources = new Sources(_rig.Time, TimeSpan.FromSeconds(6));
        _resync = new Resync(
            _rig.Connections,
            _rig.Chats,
            _watches,
            new SyncCalls(_rig.Connections, new Random(1)),
            _calls,
            options,
            _rig.Metrics,
            _rig.Time,
            NullLogger<Resync>.Instance
        );
        _router = new ItemRouter(_sources, _rig.Chats, _rig.Connections, _watches, _announcer, _resync, NullLogger<ItemRouter>.Instance);
        var config = new ServerConfig { Features = ["f"], Limits = null! };
        _connections = new Connections(
            new NoPorts(),
            _rig.Connections,
            _rig.Chats,
            new MembershipReader(_calls, options),
            lanes,
            _announcer,
            _watches,
            new HelloSource(_calls, config, _rig.Time),
            _draining,
            _calls,
            options,
            _rig.Metrics,
            _rig.Time,
            NullLogger<Connections>.Instance
        );
    }

    public void Dispose()
    {
        _announcer.Dispose();
        _resync.Dispose();
    }

    [Fact]
    public async Task A_connection_is_registered_then_its_chats_read_then_it_gets_its_hello()
    {
        _calls.Memberships = _ => Task.FromResult<Membership[]>([In("anna", 5)]);

        (await OpenAsync()).ShouldBeNull();

        _calls.Log.ShouldBe(["connect anna c", "read anna"]);
        var hello = _port.Events.ShouldHaveSingleItem().ShouldBeOfType<HelloEvent>();
        (hello.SessionId, hello.HistoryId).ShouldBe(("s", "history"));
        _rig.Deliver(Said(6, 6));
        _port.Events.Length.ShouldBe(2);
    }

    [Fact]
    public async Task What_happens_while_the_chats_are_read_is_not_pushed_before_the_hello()
    {
        var read = new TaskCompletionSource<Membership[]>();
        _calls.Memberships = _ => read.Task;
        _rig.Connect("bert", In("bert", 4));
        var opening = OpenAsync();

        _rig.Deliver(Said(5, 5), Said(6, 6));
        _port.Events.ShouldBeEmpty();
        read.SetResult([In("anna", 4)]);
        await opening;
        _rig.Deliver(Said(7, 7));

        _port.Events.Select(e => e.Revision).ShouldBe([null, 7]);
    }

    [Fact]
    public async Task Connections_that_open_together_are_read_together()
    {
        var gate = new TaskCompletionSource();
        _calls.Memberships = async _ =>
        {
            await gate.Task;
            return [];
        };

        var all = Enumerable.Range(0, 30).Select(i => _connections.OpenedAsync($"c{i}", new FakePort(), $"u{i}", "s", Later)).ToArray();
        gate.SetResult();
        await Task.WhenAll(all);

        _calls.Log.Count(c => c.StartsWith("read", StringComparison.Ordinal)).ShouldBeLessThanOrEqualTo(6);
        _rig.Connections.Count.ShouldBe(30);
    }

    [Fact]
    public async Task Without_the_cluster_opening_is_refused_and_leaves_nothing()
    {
        _calls.Down = true;

        (await OpenAsync())?.Code.ShouldBe(ProblemCodes.Unavailable);

        _rig.Connections.Count.ShouldBe(0);
        _port.Events.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_as_good_as_away()
    {
        _calls.Memberships = _ => new TaskCompletionSource<Membership[]>().Task;
        var opening = OpenAsync();

        await _rig.Until(() => opening.IsCompleted);

        (await opening)?.Code.ShouldBe(ProblemCodes.Unavailable);
        _rig.Connections.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_closed_connection_is_told_to_its_session()
    {
        await OpenAsync();

        await _connections.ClosedAsync("c");
        await _connections.ClosedAsync("c");

        _calls.Log.Count(c => c == "disconnect anna c").ShouldBe(1);
        _rig.Connections.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_revoked_session_ends_with_its_event_or_is_cut_off_when_it_does_not_read()
    {
        await OpenAsync();
        _port.Block();
        _rig.Connections.TellUser("anna", new MessageHidden("m"));

        _router.Route(new GatewayItem("a", 1, new CloseSession("anna", "s")));
        _rig.Time.Advance(TimeSpan.FromSeconds(2));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Aborted.ShouldBeFalse();

        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Aborted.ShouldBeTrue();

        var reader = new FakePort();
        await _connections.OpenedAsync("d", reader, "anna", "s", Later);
        _rig.Connections.CloseSession("anna", "s");
        reader.Events[^1].ShouldBeOfType<SessionRevoked>();
        reader.Closed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_connection_ends_a_minute_after_its_token_unless_it_shows_another()
    {
        await _connections.OpenedAsync("c", _port, "anna", "s", _rig.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        _rig.Time.Advance(TimeSpan.FromMinutes(5.5));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeFalse();

        _connections.TokenExtended("c", _rig.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        _rig.Time.Advance(TimeSpan.FromMinutes(5.5));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeFalse();

        _rig.Time.Advance(TimeSpan.FromMinutes(1));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeTrue();
    }

    [Theory]
    [InlineData(1)]
    [InlineData(-1)]
    public async Task A_step_of_the_clock_neither_ends_a_connection_nor_prolongs_it(int hours)
    {
        await _connections.OpenedAsync("c", _port, "anna", "s", _rig.Time.GetUtcNow() + TimeSpan.FromMinutes(5));
        _rig.Time.Step(TimeSpan.FromHours(hours));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeFalse();

        _rig.Time.Advance(TimeSpan.FromMinutes(6.5));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeTrue();
    }

    [Fact]
    public async Task A_client_that_does_not_read_is_cut_off()
    {
        _calls.Memberships = _ => Task.FromResult<Membership[]>([In("anna", 0)]);
        await OpenAsync();
        _port.Block();
        for (var r = 1; r <= 1_000; r++)
            _rig.Deliver(Said(r, r));
        _rig.Connections.Queued().ShouldBeLessThanOrEqualTo(256);

        _rig.Time.Advance(TimeSpan.FromSeconds(3));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));

        _port.Aborted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_draining_gateway_sends_its_connections_away_each_at_its_time_and_takes_no_more()
    {
        await OpenAsync();
        var draining = _draining.RunAsync();

        (await _connections.OpenedAsync("d", new FakePort(), "bert", "s", Later)).ShouldNotBeNull();
        var after = _port.Events[^1].ShouldBeOfType<ServerDraining>().AfterMs;
        after.ShouldBeInRange(0, 10_000);
        (await new Readiness(_sources, _draining, _calls, _rig.Time).WhyNotAsync()).ShouldBe("draining");

        _rig.Time.Advance(TimeSpan.FromMilliseconds(after + 1));
        _rig.Connections.Sweep(TimeSpan.FromMinutes(1));
        _port.Closed.ShouldBeTrue();
        await _connections.ClosedAsync("c");
        await _rig.Until(() => draining.IsCompleted);
    }

    [Fact]
    public async Task Presence_is_told_to_watchers_who_share_a_chat_and_are_not_hidden_from()
    {
        await OpenAsync();
        _calls.Sharing.Add("bert");

        var answers = await _connections.WatchPresenceAsync("c", ["bert", "carl"]);
        _router.Route(Changed(1, "bert", null));
        _router.Route(Changed(2, "bert", ["anna"]));
        _router.Route(Changed(3, "carl", null));

        answers.Select(a => (a.UserId, a.Status)).ShouldBe([("bert", "online"), ("carl", "offline")]);
        _port.Events.OfType<PresenceEvent>().ShouldHaveSingleItem().UserId.ShouldBe("bert");
        _calls.Log.ShouldNotContain("watch carl for anna");
    }

    [Fact]
    public async Task The_last_watcher_that_goes_ends_the_watching()
    {
        await OpenAsync();
        await _connections.OpenedAsync("d", new FakePort(), "dora", "s", Later);
        _calls.Sharing.Add("bert");
        await _connections.WatchPresenceAsync("c", ["bert"]);
        await _connections.WatchPresenceAsync("d", ["bert"]);

        await _connections.WatchPresenceAsync("c", []);
        _calls.Log.ShouldNotContain("unwatch bert");
        await _connections.ClosedAsync("d");
        _calls.Log.ShouldContain("unwatch bert");
    }

    [Fact]
    public async Task A_question_who_is_here_is_answered_for_each()
    {
        await OpenAsync();
        await _announcer.StartAsync(TestContext.Current.CancellationToken);

        _router.Route(new GatewayItem("a", 1, new WhoIsHere(["anna", "bert"])));

        await _rig.Until(() => _calls.Log.Contains("announce anna 1") && _calls.Log.Contains("announce bert 0"));
        await _announcer.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_hole_or_an_overflow_is_trouble_and_what_is_in_order_is_not()
    {
        _router.Route(new GatewayItem("a", 1, new Heartbeat()));
        _router.Route(new GatewayItem("b", 1, new Heartbeat()));
        _router.Route(new GatewayItem("a", 2, new Heartbeat()));
        _router.Trouble.TryRead(out _).ShouldBeFalse();
        (await new Readiness(_sources, _draining, _calls, _rig.Time).WhyNotAsync()).ShouldBeNull();

        _router.Route(new GatewayItem("a", 4, new Heartbeat()));
        _router.Trouble.TryRead(out var reason).ShouldBeTrue();
        reason.ShouldBe("hole");

        _router.Route(new GatewayItem("a", 0, new Overflow()));
        _router.Trouble.TryRead(out reason).ShouldBeTrue();
        reason.ShouldBe("overflow");
    }

    [Fact]
    public async Task What_a_silo_sent_before_it_had_heard_of_this_gateway_is_looked_for()
    {
        var bert = _rig.Connect("bert", In("bert", 3));
        _calls.Memberships = _ => Task.FromResult<Membership[]>([In("bert", 5)]);
        await _resync.StartAsync(TestContext.Current.CancellationToken);

        _router.Route(new GatewayItem("a", 1, new Heartbeat()));

        await _rig.Until(() => _rig.Pulls.Contains(Room));
        bert.Kinds.ShouldBeEmpty();
        await _resync.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task A_silo_that_falls_silent_is_noticed_once_and_the_gateway_is_not_ready_without_it()
    {
        _calls.Silos = 2;
        _router.Route(new GatewayItem("a", 1, new Heartbeat()));
        _router.Route(new GatewayItem("b", 1, new Heartbeat()));
        _rig.Time.Advance(TimeSpan.FromSeconds(4));
        _router.Route(new GatewayItem("a", 2, new Heartbeat()));
        _sources.TakeSilent().ShouldBeFalse();
        _rig.Time.Advance(TimeSpan.FromSeconds(3));

        (await new Readiness(_sources, _draining, _calls, _rig.Time).WhyNotAsync()).ShouldBe("heard 1 of 2 silos");
        _sources.TakeSilent().ShouldBeTrue();
        _sources.TakeSilent().ShouldBeFalse();
    }

    /// <summary>Every gateway misses a silo that died until the others have voted it out: not all of them may turn people away meanwhile.</summary>
    [Fact]
    public async Task A_gateway_that_was_ready_stays_so_for_a_while_without_one_of_the_silos_but_not_without_any()
    {
        _calls.Silos = 2;
        var readiness = new Readiness(_sources, _draining, _calls, _rig.Time);
        _router.Route(new GatewayItem("a", 1, new Heartbeat()));
        (await readiness.WhyNotAsync()).ShouldBe("heard 1 of 2 silos");
        _router.Route(new GatewayItem("b", 1, new Heartbeat()));
        (await readiness.WhyNotAsync()).ShouldBeNull();

        // It counts as heard for 6 s, and is done without for 12 more.
        for (var i = 2; i <= 10; i++)
        {
            _rig.Time.Advance(TimeSpan.FromSeconds(2));
            _router.Route(new GatewayItem("a", i, new Heartbeat()));
            (await readiness.WhyNotAsync()).ShouldBeNull();
        }
        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        (await readiness.WhyNotAsync()).ShouldBe("heard 1 of 2 silos");

        _router.Route(new GatewayItem("b", 2, new Heartbeat()));
        (await readiness.WhyNotAsync()).ShouldBeNull();
        _rig.Time.Advance(TimeSpan.FromSeconds(7));
        (await readiness.WhyNotAsync()).ShouldBe("heard 0 of 2 silos");
    }

    [Fact]
    public async Task A_resynchronisation_tells_only_those_whose_chats_are_new_here()
    {
        await OpenAsync();
        var bert = _rig.Connect("bert", In("bert", 3, chat: "b"));
        _calls.Memberships = _ => Task.FromResult<Membership[]>([In("anna", 5), In("bert", 3, chat: "b")]);

        var run = _resync.RunOnceAsync(TestContext.Current.CancellationToken);
        await _rig.Until(() => run.IsCompleted);

        _port.Events[^1].ShouldBeOfType<SyncRequired>();
        bert.Kinds.ShouldBeEmpty();
        _rig.Deliver(Said(6, 6));
        _port.Events[^1].Revision.ShouldBe(6);
    }

    private DateTimeOffset Later => _rig.Time.GetUtcNow() + TimeSpan.FromHours(1);

    private static GatewayItem Changed(long number, string user, string[]? hiddenFrom) =>
        new("a", number, new PresenceChanged(new UserPresence { UserId = user, Status = "away" }, hiddenFrom));

    private Task<Problem?> OpenAsync() => _connections.OpenedAsync("c", _port, "anna", "s", Later);

    private sealed class NoPorts : IHubPorts
    {
        public IConnectionPort? Find(string connectionId) => null;
    }
}
