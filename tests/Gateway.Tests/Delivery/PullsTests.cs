using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Gateway.Tests.Delivery.Rig;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class PullsTests : IDisposable
{
    private readonly Rig _rig = new();
    private readonly FakeCalls _calls = new();
    private readonly List<DeliveryEntry> _log = [.. Enumerable.Range(1, 50).Select(i => Said(i, i))];
    private readonly Pulls _pulls;

    public PullsTests()
    {
        _calls.Pull = Page;
        _pulls = new Pulls(
            _rig.Chats,
            new SyncCalls(_rig.Connections, new Random(1)),
            _calls,
            Options.Create(new DeliveryOptions { PullPage = 7 }),
            _rig.Metrics,
            _rig.Time,
            NullLogger<Pulls>.Instance
        );
    }

    public void Dispose() => _pulls.Dispose();

    [Fact]
    public async Task A_hole_is_pulled_page_by_page()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        _rig.Deliver(Said(30, 30));

        await _rig.Until(() => anna.Got.Length >= 25);

        anna.Got.ShouldBe(Enumerable.Range(6, 45).Select(i => $"{i}").Take(anna.Got.Length));
        _calls.Log.Take(2).ShouldBe(["pull chat 5", "pull chat 12"]);
    }

    [Fact]
    public async Task What_only_came_out_of_order_is_not_pulled()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        _rig.Deliver(Said(7, 7));
        _rig.Deliver(Said(6, 6));

        _rig.Time.Advance(TimeSpan.FromSeconds(1));
        await Task.Yield();

        anna.Got.ShouldBe(["6", "7"]);
        _calls.Log.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_pull_that_fails_is_repeated_until_it_works()
    {
        var anna = _rig.Connect("anna", In("anna", 45));
        _calls.Down = true;
        _rig.Deliver(Said(48, 48));
        await _rig.Until(() => _calls.Log.Count > 8);
        anna.Got.ShouldBeEmpty();

        _calls.Down = false;

        await _rig.Until(() => anna.Got.Length >= 3);
        anna.Got.ShouldBe(["46", "47", "48", "49", "50"]);
    }

    [Fact]
    public async Task A_chat_that_cannot_be_pulled_is_dropped_and_its_members_synchronise()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        _calls.Pull = (_, _, _) => Problem.NotFound;
        _rig.Deliver(Said(8, 8));

        await _rig.Until(() => anna.Kinds.Contains("SyncRequired"));

        _rig.Chats.Count.ShouldBe(0);
        anna.Port.Events.OfType<SyncRequired>().Last().AfterMs.ShouldBeInRange(0, 5_000);
    }

    [Fact]
    public async Task A_membership_that_was_lost_is_ended_by_the_log()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        _rig.Connect("bert", In("bert", 5));
        _log[5] = Left(6, "anna");

        _rig.Chats.Compare(["anna"], []);

        await _rig.Until(() => anna.Got.Length > 0);
        anna.Got.ShouldBe(["6"]);
        anna.Connection.Chats.ShouldBeEmpty();
    }

    private Outcome<ChatDelivery> Page(string chat, long after, int limit) =>
        new ChatDelivery
        {
            ChatId = chat,
            Entries = [.. _log.Skip((int)after).Take(limit)],
            Head = _log.Count,
        };
}
