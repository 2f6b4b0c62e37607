using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Protocol;
using P = Orleans.Chat.Gateway.Delivery.Push;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class OutboundTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly FakePort _port = new();
    private readonly Outbound _outbound;

    public OutboundTests() =>
        _outbound = new Outbound(
            _port,
            new OutboundLimits(4, 1_000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)),
            _time,
            new DeliveryMetrics(new Rig.Meters())
        );

    [Fact]
    public void A_client_that_reads_gets_everything_in_order()
    {
        for (var r = 1; r <= 50; r++)
            Push(Durable("a", r));

        Got().ShouldBe(Enumerable.Range(1, 50).Select(r => $"a{r}"));
    }

    [Fact]
    public void What_does_not_fit_becomes_one_marker_for_each_chat_after_what_was_pushed()
    {
        _port.Block();
        Push(Durable("a", 1));
        Push(Durable("a", 2));
        Push(Durable("b", 7));
        Push(Durable("a", 3));
        Push(Durable("b", 8));
        Push(Durable("c", 1));
        _port.Unblock();

        Got().ShouldBe(["a1", "gap a1", "gap b6", "c1"]);
    }

    [Fact]
    public void A_marker_that_waits_stands_for_later_events_and_after_it_they_are_pushed_again()
    {
        _port.Block();
        for (var r = 1; r <= 20; r++)
            Push(Durable("a", r));
        _port.Unblock();
        Push(Durable("a", 21));
        Push(Durable("a", 22));

        Got().ShouldBe(["a1", "gap a1", "a21", "a22"]);
    }

    [Fact]
    public void What_waits_together_is_one_write_in_its_order()
    {
        _outbound.Offer(Durable("a", 1));
        _outbound.Offer(Typing("anna", true));
        _outbound.Offer(Durable("b", 1));
        _outbound.Flush();

        Got().ShouldBe(["a1", "typing anna True", "b1"]);
        _port.Writes.ShouldBe([3]);
    }

    [Fact]
    public void A_write_has_no_more_than_some_kilobytes_or_one_push_that_is_larger()
    {
        var outbound = new Outbound(
            _port,
            new OutboundLimits(10, 1_000_000, TimeSpan.FromSeconds(10), TimeSpan.FromSeconds(2)),
            _time,
            new DeliveryMetrics(new Rig.Meters())
        );
        _port.Size = 6_000;
        for (var r = 1; r <= 5; r++)
            outbound.Offer(Durable("a", r));
        outbound.Flush();
        _port.Size = 60_000;
        outbound.Offer(Durable("a", 6));
        outbound.Offer(Durable("a", 7));
        outbound.Flush();

        Got().ShouldBe(Enumerable.Range(1, 7).Select(r => $"a{r}"));
        _port.Writes.ShouldBe([2, 2, 1, 1, 1]);
    }

    [Fact]
    public void A_marker_that_left_with_others_no_longer_stands_for_what_comes()
    {
        _port.Block();
        Push(Durable("a", 1));
        for (var r = 2; r <= 9; r++)
            _outbound.Offer(Durable("a", r));
        _outbound.Offer(Durable("b", 1));
        _port.Unblock();
        Push(Durable("a", 10));

        Got().ShouldBe(["a1", "gap a1", "b1", "a10"]);
        _port.Writes.ShouldBe([1, 2, 1]);
    }

    [Fact]
    public void Bytes_are_bounded_too()
    {
        _port.Block();
        _port.Size = 400;
        for (var r = 1; r <= 4; r++)
            Push(Durable("a", r));
        _port.Unblock();

        Got().ShouldBe(["a1", "gap a1"]);
    }

    [Fact]
    public void Of_hints_that_wait_the_newest_stays()
    {
        _port.Block();
        Push(Durable("a", 1));
        Push(Typing("anna", true));
        Push(Typing("anna", false));
        Push(Typing("bert", true));
        Push(Typing("anna", true));
        _port.Unblock();

        Got().ShouldBe(["a1", "typing bert True", "typing anna True"]);
    }

    [Fact]
    public void Hints_gathered_in_one_push_are_coalesced_one_by_one()
    {
        _port.Block();
        Push(Durable("a", 1));
        Push(Durable("a", 2));
        Push(P.Hint([new TypingEvent("anna", true) { ChatId = "a" }, new TypingEvent("bert", true) { ChatId = "a" }]));
        Push(Typing("anna", false));
        _port.Unblock();

        Got().ShouldBe(["a1", "a2", "typing bert True", "typing anna False"]);
    }

    [Fact]
    public void Hints_are_dropped_before_durable_events()
    {
        _port.Block();
        Push(Durable("a", 1));
        Push(Durable("a", 2));
        Push(Typing("anna", true));
        Push(Durable("a", 3));
        Push(Durable("a", 4));
        Push(Durable("a", 5));
        Push(Typing("bert", true));
        _port.Unblock();

        Got().ShouldBe(["a1", "a2", "a3", "a4", "a5"]);
    }

    [Fact]
    public void More_markers_than_places_become_one_sync_required()
    {
        _port.Block();
        Push(Durable("z", 1));
        foreach (var chat in (string[])["a", "b", "c", "d", "e", "f"])
        {
            Push(Durable(chat, 1));
            Push(Durable(chat, 2));
        }
        _port.Unblock();

        Got().ShouldBe(["z1", "sync", "e2", "f1", "f2"]);
    }

    [Fact]
    public void A_hello_is_never_dropped()
    {
        _port.Block();
        Push(Durable("z", 1));
        Push(P.Control(new HelloEvent(default, "s", null!, [], "h")));
        for (var r = 1; r <= 20; r++)
            Push(P.Control(new MessageHidden($"{r}") { ChatId = "a" }));
        _port.Unblock();

        _port.Events.OfType<HelloEvent>().ShouldHaveSingleItem();
        _port.Events.Length.ShouldBeLessThan(8);
    }

    [Fact]
    public void Revisions_only_rise_whatever_the_client_reads()
    {
        for (var r = 1; r <= 300; r++)
        {
            if (r % 7 == 0)
                _port.Block();
            if (r % 31 == 0)
                _port.Unblock();
            Push(Durable(r % 3 == 0 ? "a" : "b", r));
        }
        _port.Unblock();

        foreach (var chat in (string[])["a", "b"])
        {
            var last = 0L;
            foreach (var e in _port.Events.Where(e => e.ChatId == chat))
            {
                (e.Revision ?? ((GapEvent)e).AfterRevision + 1).ShouldBeGreaterThan(last);
                last = e.Revision ?? last;
            }
        }
    }

    [Fact]
    public void A_write_that_takes_too_long_is_stalled_and_sooner_when_the_queue_overflowed()
    {
        _port.Block();
        Push(Durable("a", 1));
        _time.Advance(TimeSpan.FromSeconds(3));
        _outbound.Stalled().ShouldBeFalse();

        for (var r = 2; r <= 10; r++)
            Push(Durable("a", r));
        _outbound.Stalled().ShouldBeTrue();

        _outbound.CutOff();
        _port.Aborted.ShouldBeTrue();
        _outbound.Depth.ShouldBe(0);
        _outbound.Stalled().ShouldBeFalse();
    }

    [Fact]
    public void A_slow_client_that_reads_something_is_not_stalled()
    {
        for (var i = 0; i < 10; i++)
        {
            _port.Block();
            Push(Durable("a", i + 1));
            _time.Advance(TimeSpan.FromSeconds(9));
            _outbound.Stalled().ShouldBeFalse();
            _port.Unblock();
        }
    }

    [Fact]
    public void The_last_push_is_written_in_place_of_what_waits_and_then_the_connection_is_closed()
    {
        _port.Block();
        Push(Durable("a", 1));
        Push(Durable("a", 2));
        _outbound.CloseAfter(P.Control(new SessionRevoked()));
        Push(Durable("a", 3));
        _port.Closed.ShouldBeFalse();
        _port.Unblock();

        _port.Events.Select(e => e.GetType()).ShouldBe([typeof(Noop), typeof(SessionRevoked)]);
        _port.Closed.ShouldBeTrue();
    }

    private static Push Durable(string chat, long revision) => P.Durable(chat, [new Noop { ChatId = chat, Revision = revision }], revision);

    private static Push Typing(string user, bool typing) => P.Hint([new TypingEvent(user, typing) { ChatId = "a" }]);

    private void Push(Push push)
    {
        _outbound.Offer(push);
        _outbound.Flush();
    }

    private string[] Got() =>
        [
            .. _port.Events.Select(e =>
                e switch
                {
                    GapEvent gap => $"gap {e.ChatId}{gap.AfterRevision}",
                    TypingEvent typing => $"typing {typing.UserId} {typing.IsTyping}",
                    SyncRequired => "sync",
                    _ => $"{e.ChatId}{e.Revision}",
                }
            ),
        ];
}
