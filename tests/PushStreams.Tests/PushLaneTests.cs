using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Providers.Streams.Common;

namespace Orleans.Chat.PushStreams.Tests;

public sealed class PushLaneTests : IDisposable
{
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly PushLane _lane;

    public PushLaneTests() => _lane = NewLane(new PushStreamOptions { BacklogPerStream = 5_000, BatchSize = 100 });

    public void Dispose() => _services.Dispose();

    [Fact]
    public void A_cursor_at_the_first_event_keeps_all_that_comes_until_it_goes()
    {
        Publish(0, 1);
        using var pin = _lane.NewCursor(_lane.TakeNews()!.SequenceToken)!;
        Publish(1, 499);
        _lane.TakeNews();
        _lane.Sweep(out _).ShouldBeFalse();
        _lane.Sweep(out _).ShouldBeFalse();
        using var subscriber = _lane.NewCursor(new EventSequenceTokenV2(0))!;
        pin.Dispose();
        All(subscriber).ShouldBe(Enumerable.Range(0, 500).Cast<object>());
        _lane.Count.ShouldBe(0);
    }

    [Fact]
    public void The_slowest_cursor_decides_what_is_kept()
    {
        using var fast = _lane.NewCursor(null)!;
        using var slow = _lane.NewCursor(null)!;
        Publish(0, 300);
        All(fast).Count.ShouldBe(300);
        _lane.Count.ShouldBe(300);
        slow.MoveNext().ShouldBeTrue();
        _lane.Count.ShouldBe(200);
        slow.Dispose();
        _lane.Count.ShouldBe(0);
    }

    [Fact]
    public void A_cursor_without_a_token_begins_at_what_the_agent_was_not_told_of()
    {
        Publish(0, 3);
        _lane.TakeNews();
        Publish(3, 3);
        using var cursor = _lane.NewCursor(null)!;
        All(cursor).ShouldBe([3, 4, 5]);
    }

    [Fact]
    public void What_found_no_subscriber_lives_through_one_sweep_and_not_two()
    {
        Publish(0, 10);
        _lane.TakeNews();
        _lane.Sweep(out _).ShouldBeFalse();
        _lane.Count.ShouldBe(10);
        _lane.Sweep(out var end).ShouldBeTrue();
        end.ShouldBe(10);
        _lane.Add("too late").ShouldBe(Added.Closed);
        _lane.NewCursor(null).ShouldBeNull();
    }

    [Fact]
    public void A_lane_with_news_or_a_cursor_is_not_closed()
    {
        Publish(0, 1);
        _lane.Sweep(out _).ShouldBeFalse();
        _lane.TakeNews();
        using var cursor = _lane.NewCursor(null)!;
        for (var i = 0; i < 3; i++)
            _lane.Sweep(out _).ShouldBeFalse();
    }

    [Fact]
    public void Without_an_overflow_event_an_overflow_leaves_nothing()
    {
        using var cursor = _lane.NewCursor(null)!;
        Publish(0, 5_001);
        _lane.Count.ShouldBe(0);
        Publish(5_001, 1);
        All(cursor).ShouldBe([5_001]);
    }

    [Fact]
    public void The_agent_is_told_once_for_all_that_waits()
    {
        _lane.Add(0).ShouldBe(Added.News);
        _lane.Add(1).ShouldBe(Added.Known);
        _lane.TakeNews()!.SequenceToken.SequenceNumber.ShouldBe(0);
        _lane.TakeNews().ShouldBeNull();
        _lane.Add(2).ShouldBe(Added.News);
        _lane.TakeNews()!.SequenceToken.SequenceNumber.ShouldBe(2);
    }

    [Fact]
    public void What_was_taken_is_not_held()
    {
        using var cursor = _lane.NewCursor(null)!;
        var item = PublishOne();
        Drain(cursor);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        item.IsAlive.ShouldBeFalse();
    }

    private PushLane NewLane(PushStreamOptions options) =>
        new(
            StreamId.Create("test", "lane"),
            0,
            options,
            new PushMetrics(_services.GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>(), "test", () => 0)
        );

    private void Publish(int first, int count)
    {
        foreach (var value in Enumerable.Range(first, count))
            _lane.Add(value);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private WeakReference PublishOne()
    {
        var item = new object();
        _lane.Add(item);
        return new WeakReference(item);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void Drain(PushCursor cursor) => All(cursor).Count.ShouldBe(1);

    private static List<object> All(PushCursor cursor)
    {
        var all = new List<object>();
        while (cursor.MoveNext())
            all.AddRange(((PushBatch)cursor.GetCurrent(out _)!).Events);
        return all;
    }
}
