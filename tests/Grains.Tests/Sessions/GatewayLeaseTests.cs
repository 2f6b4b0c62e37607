using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Sessions;
using Orleans.Chat.Grains.Sessions;

namespace Orleans.Chat.Grains.Tests.Sessions;

public sealed class GatewayLeaseTests
{
    private static readonly TimeSpan Lease = TimeSpan.FromSeconds(6);
    private readonly FakeTimeProvider _clock = new();
    private readonly GatewayGrain _gateways;

    public GatewayLeaseTests()
    {
        var options = new DeliveryOptions { GatewayLeaseSeconds = Lease.TotalSeconds };
        _gateways = new GatewayGrain(Options.Create(options), _clock, NullLogger<GatewayGrain>.Instance);
    }

    [Fact]
    public async Task A_list_is_not_complete_for_the_length_of_a_lease()
    {
        await _gateways.OnActivateAsync(CancellationToken.None);
        (await BeatAsync("a")).Complete.ShouldBeFalse();

        _clock.Advance(Lease);
        var list = await BeatAsync("a");
        list.Gateways.ShouldBe(["a"]);
        list.Complete.ShouldBeFalse();

        _clock.Advance(TimeSpan.FromTicks(1));
        (await _gateways.Live()).Complete.ShouldBeTrue();
    }

    [Fact]
    public async Task A_gateway_that_beats_stays_and_one_that_is_silent_longer_than_its_lease_goes()
    {
        await _gateways.OnActivateAsync(CancellationToken.None);
        await BeatAsync("silent");
        for (var i = 0; i < 3; i++)
        {
            (await BeatAsync("beating")).Gateways.ShouldBe(["silent", "beating"], ignoreOrder: true);
            _clock.Advance(Lease / 3);
        }
        (await _gateways.Live()).Gateways.ShouldContain("silent");

        _clock.Advance(TimeSpan.FromTicks(1));
        (await _gateways.Live()).Gateways.ShouldBe(["beating"]);

        (await BeatAsync("silent")).Gateways.ShouldBe(["silent", "beating"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_gateway_that_leaves_is_gone_at_once()
    {
        await _gateways.OnActivateAsync(CancellationToken.None);
        await BeatAsync("a");
        await BeatAsync("b");

        await _gateways.Leave("a");

        (await _gateways.Live()).Gateways.ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_list_names_the_streams_of_those_that_went_on_to_another()
    {
        await _gateways.OnActivateAsync(CancellationToken.None);
        await BeatAsync("a");
        (await BeatAsync("b")).Streams.ShouldBeNull();

        await BeatAsync("b", stream: 2);
        (await BeatAsync("a")).Streams.ShouldBe(new Dictionary<string, int> { ["b"] = 2 });

        await _gateways.Leave("b");
        (await _gateways.Live()).Streams.ShouldBeNull();
    }

    private Task<GatewayList> BeatAsync(string gateway, int stream = 0) =>
        _gateways.Heartbeat(
            new GatewayStatus
            {
                GatewayId = gateway,
                Connections = 0,
                Draining = false,
                Stream = stream,
            }
        );
}
