using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.PushStreams;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/* Orleans forgets a silo that publishes to a stream when it cannot be told of one subscription, and the silo, which does not know that, goes on
 * with the subscriptions that it knows. A gateway that subscribes the same stream once more is not heard of by that silo either. */
/// <summary>A silo that is not told of a gateway's subscription.</summary>
public sealed class LostProducerTests : IAsyncLifetime
{
    private readonly TestFolder _folder = new("lost-producer");
    private readonly Disturbance _disturbance = new();
    private readonly HttpClient _http = new();
    private InProcessPlace _place = null!;

    public async ValueTask InitializeAsync() =>
        _place = await InProcessPlace.StartAsync(
            _folder.Path,
            s => s.AddSingleton<IPushStreamInterceptor>(_disturbance).AddSingleton<IOutgoingGrainCallFilter>(_disturbance)
        );

    public async ValueTask DisposeAsync()
    {
        await _place.DisposeAsync();
        _http.Dispose();
        _folder.Delete();
    }

    [Fact]
    public async Task A_gateway_hears_a_silo_again_that_was_not_told_of_its_subscription()
    {
        await using var alice = await _place.NewUserAsync("alice");
        await using var bob = await _place.NewUserAsync("bob");
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var his = await bob.ConnectAsync();
        await Place.SendAsync(alice, chat, "before");
        await Place.MessageAsync(his, chat, "before");

        _disturbance.Begin();
        await ReadyAsync(false);
        _disturbance.Rejected.ShouldBe(1);
        await ReadyAsync(true);
        await Place.SendAsync(alice, chat, "after");
        await Place.MessageAsync(his, chat, "after");

        Place.Pushed(his, chat).ShouldBe(["before", "after"]);
    }

    private Task ReadyAsync(bool ready) =>
        Eventually.HoldsAsync(
            $"ready is {ready}",
            TimeSpan.FromSeconds(60),
            async () => (await _http.GetAsync(new Uri(_place.Here, "/health/ready"))).IsSuccessStatusCode == ready
        );

    /// <summary>Loses one event, so that the gateway subscribes again, and has the silo refuse to hear of that.</summary>
    private sealed class Disturbance : IPushStreamInterceptor, IOutgoingGrainCallFilter
    {
        private int _toLose;
        private int _toReject;
        private int _rejected;

        public int Rejected => Volatile.Read(ref _rejected);

        public void Begin()
        {
            Volatile.Write(ref _toReject, 1);
            Volatile.Write(ref _toLose, 1);
        }

        public bool Accept(StreamId stream, object item) =>
            item is not GatewayItem { Event: Heartbeat } || Interlocked.Exchange(ref _toLose, 0) == 0;

        public Task Invoke(IOutgoingGrainCallContext context)
        {
            if (context.MethodName != "AddSubscriber" || Interlocked.Exchange(ref _toReject, 0) == 0)
                return context.Invoke();
            Interlocked.Increment(ref _rejected);
            throw new SiloUnavailableException("The silo cannot be reached.");
        }
    }
}
