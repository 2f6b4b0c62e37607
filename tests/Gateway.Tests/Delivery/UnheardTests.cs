using Orleans.Chat.Gateway.Delivery;
using Orleans.Chat.Grains.Interfaces.Delivery;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class UnheardTests
{
    private static readonly TimeSpan Silence = TimeSpan.FromSeconds(6);
    private readonly SettableTime _time = new();
    private readonly FakeCalls _calls = new() { Silos = 2 };
    private readonly Sources _sources;
    private readonly Unheard _unheard;
    private long _number;

    public UnheardTests()
    {
        _sources = new Sources(_time, Silence);
        _unheard = new Unheard(_sources, _calls, _time);
    }

    [Fact]
    public async Task A_silo_that_is_missing_three_times_calls_for_another_stream_and_then_twice_as_many()
    {
        (await RoundsUntilMoveAsync("a")).ShouldBe(3);
        (await RoundsUntilMoveAsync("a")).ShouldBe(6);
        (await RoundsUntilMoveAsync("a")).ShouldBe(12);
        (await RoundsUntilMoveAsync("a")).ShouldBe(24);
        (await RoundsUntilMoveAsync("a")).ShouldBe(24);
    }

    [Fact]
    public async Task Silos_that_are_all_heard_begin_it_anew()
    {
        (await RoundsUntilMoveAsync("a")).ShouldBe(3);
        (await RoundAsync("a", "b")).ShouldBeFalse();
        (await RoundAsync("a")).ShouldBeFalse();
        (await RoundAsync("a")).ShouldBeFalse();
        (await RoundAsync("a")).ShouldBeFalse();
        (await RoundAsync("a", "b")).ShouldBeFalse();
        // What was heard last is not silent for the first of them.
        (await RoundsUntilMoveAsync("a")).ShouldBe(1 + 3);
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_is_no_reason()
    {
        _calls.Down = true;
        for (var i = 0; i < 10; i++)
            (await RoundAsync("a")).ShouldBeFalse();

        _calls.Down = false;
        (await RoundsUntilMoveAsync("a")).ShouldBe(3);
    }

    private async Task<int> RoundsUntilMoveAsync(params string[] heard)
    {
        for (var round = 1; round <= 30; round++)
        {
            if (await RoundAsync(heard))
                return round;
        }
        return 0;
    }

    /// <summary>As long as a silo may be silent, with those that are heard in it; asked once a second.</summary>
    private async Task<bool> RoundAsync(params string[] heard)
    {
        var lasting = false;
        for (var second = 0; second < Silence.TotalSeconds; second++)
        {
            _time.Advance(TimeSpan.FromSeconds(1));
            _number++;
            foreach (var silo in heard)
                _sources.Observe(new GatewayItem(silo, _number, new Heartbeat()), out _);
            lasting |= await _unheard.IsLastingAsync();
        }
        // The answer is taken the next time.
        return lasting | await _unheard.IsLastingAsync();
    }
}
