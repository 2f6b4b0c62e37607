using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Streams;
using Orleans.TestingHost;

namespace Orleans.Chat.PushStreams.Tests;

/// <summary>A real cluster of two silos, a client that subscribes, and grains that publish.</summary>
public sealed class PushStreamTests : IAsyncLifetime
{
    private const string Provider = "push";
    private const int Backlog = 1_000;
    private readonly Dropper _dropper = new();
    private InProcessTestCluster _cluster = null!;

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo(
            (_, silo) =>
            {
                silo.Services.AddSingleton<IPushStreamInterceptor>(_dropper);
                silo.AddMemoryGrainStorage("PubSubStore");
                silo.AddPushStreams(
                    Provider,
                    o =>
                    {
                        o.BacklogPerStream = Backlog;
                        o.MaxEventDeliveryTime = TimeSpan.FromSeconds(60);
                        o.OverflowEvent = _ => Numbered.Overflow;
                    }
                );
            }
        );
        builder.ConfigureClient(client => client.AddPushStreams(Provider));
        _cluster = builder.Build();
        await _cluster.DeployAsync(Ct);
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    [Fact]
    public async Task What_one_grain_publishes_arrives_whole_and_in_order_from_a_cold_start()
    {
        var inbox = await SubscribeAsync("cold");
        var grain = _cluster.Client.GetGrain<IPublisherGrain>("one");
        for (var i = 0; i < 20; i++)
        {
            await grain.Publish("cold", i * 500, 500);
            await inbox.WaitAsync((i + 1) * 500);
        }
        inbox.Items.Select(n => n.Value).ShouldBe(Enumerable.Range(0, 10_000));
    }

    [Fact]
    public async Task What_grains_of_two_silos_publish_to_one_stream_arrives_whole_and_each_in_order()
    {
        var inbox = await SubscribeAsync("shared");
        var grains = Enumerable.Range(0, 12).Select(i => _cluster.Client.GetGrain<IPublisherGrain>($"p{i}")).ToArray();
        for (var round = 0; round < 10; round++)
        {
            await Task.WhenAll(grains.Select(g => g.Publish("shared", round * 20, 20)));
            await inbox.WaitAsync(12 * 20 * (round + 1));
        }
        var silos = await Task.WhenAll(grains.Select(g => g.Silo()));
        silos.Distinct().Count().ShouldBe(2);
        foreach (var source in inbox.Items.GroupBy(n => n.Source))
            source.Select(n => n.Value).ShouldBe(Enumerable.Range(0, 200));
    }

    [Fact]
    public async Task A_slow_stream_overflows_into_one_event_and_its_neighbour_loses_nothing()
    {
        var stuck = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        // A client handles one delivery at a time; the slow one is a grain, so that it holds up nobody but itself.
        var slow = new Inbox(stuck.Task);
        SubscriberGrain.Inboxes["slow"] = slow;
        await _cluster.Client.GetGrain<ISubscriberGrain>("slow").Subscribe();
        var healthy = await SubscribeAsync("healthy");
        var grain = _cluster.Client.GetGrain<IPublisherGrain>("both");
        await grain.Publish("slow", 0, 1);
        await slow.Entered.Task.WaitAsync(TimeSpan.FromSeconds(30), Ct);

        for (var i = 0; i < 10; i++)
        {
            await grain.Publish("slow", 1 + i * 150, 150);
            await grain.Publish("healthy", i * 150, 150);
            await healthy.WaitAsync((i + 1) * 150);
        }
        healthy.Items.Select(n => n.Value).ShouldBe(Enumerable.Range(0, 1_500));

        stuck.SetResult();
        await slow.UntilAsync(n => n.Value == 1_500);
        slow.Items.Count(n => n.Source == Numbered.Overflow.Source).ShouldBe(1);
        slow.Items.Count.ShouldBeLessThan(Backlog + 10);
    }

    [Fact]
    public async Task An_event_that_the_interceptor_refuses_is_lost_and_no_other()
    {
        var inbox = await SubscribeAsync("dropping");
        _dropper.Refused.TryAdd(("dropping", 3), 0);
        await _cluster.Client.GetGrain<IPublisherGrain>("d").Publish("dropping", 0, 6);
        await inbox.UntilAsync(n => n.Value == 5);
        inbox.Items.Select(n => n.Value).ShouldBe([0, 1, 2, 4, 5]);
    }

    [Fact]
    public async Task A_client_cannot_publish()
    {
        var stream = _cluster.Client.GetStreamProvider(Provider).GetStream<Numbered>(StreamId.Create("test", "client"));
        await Should.ThrowAsync<InvalidOperationException>(() => stream.OnNextAsync(new Numbered("client", 1)));
    }

    private async Task<Inbox> SubscribeAsync(string stream)
    {
        var inbox = new Inbox(Task.CompletedTask);
        await _cluster.Client.GetStreamProvider(Provider).GetStream<Numbered>(StreamId.Create("test", stream)).SubscribeAsync(inbox);
        return inbox;
    }

    private sealed class Dropper : IPushStreamInterceptor
    {
        public ConcurrentDictionary<(string Stream, int Value), byte> Refused { get; } = new();

        public bool Accept(StreamId stream, object item) =>
            item is not Numbered n || !Refused.ContainsKey((stream.GetKeyAsString(), n.Value));
    }

    private sealed class Inbox(Task hold) : IAsyncObserver<Numbered>
    {
        private readonly Lock _lock = new();
        private readonly List<Numbered> _items = [];

        public TaskCompletionSource Entered { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public IReadOnlyList<Numbered> Items
        {
            get
            {
                lock (_lock)
                    return [.. _items];
            }
        }

        public async Task OnNextAsync(Numbered item, StreamSequenceToken? token = null)
        {
            lock (_lock)
                _items.Add(item);
            Entered.TrySetResult();
            await hold;
        }

        public Task OnErrorAsync(Exception ex) => Task.CompletedTask;

        public Task WaitAsync(int count) => WaitUntilAsync(() => Items.Count >= count);

        public Task UntilAsync(Func<Numbered, bool> condition) => WaitUntilAsync(() => Items.Any(condition));

        private static async Task WaitUntilAsync(Func<bool> condition)
        {
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(Ct);
            patience.CancelAfter(TimeSpan.FromSeconds(60));
            while (!condition())
                await timer.WaitForNextTickAsync(patience.Token);
        }
    }
}

[GenerateSerializer, Immutable, Alias("test-numbered")]
public sealed record Numbered([property: Id(0)] string Source, [property: Id(1)] int Value)
{
    public static Numbered Overflow { get; } = new("overflow", -1);
}

[Alias("test-publisher")]
public interface IPublisherGrain : IGrainWithStringKey
{
    [Alias("publish")]
    Task Publish(string stream, int first, int count);

    [Alias("silo")]
    Task<string> Silo();
}

[GrainType("test-publisher"), Placement.RandomPlacement]
internal sealed class PublisherGrain(ILocalSiloDetails silo) : Grain, IPublisherGrain
{
    public async Task Publish(string stream, int first, int count)
    {
        var target = this.GetStreamProvider("push").GetStream<Numbered>(StreamId.Create("test", stream));
        for (var i = 0; i < count; i++)
            await target.OnNextAsync(new Numbered(this.GetPrimaryKeyString(), first + i));
    }

    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToParsableString());
}

[Alias("test-subscriber")]
public interface ISubscriberGrain : IGrainWithStringKey
{
    [Alias("subscribe")]
    Task Subscribe();
}

[GrainType("test-subscriber")]
internal sealed class SubscriberGrain : Grain, ISubscriberGrain
{
    public static ConcurrentDictionary<string, IAsyncObserver<Numbered>> Inboxes { get; } = new(StringComparer.Ordinal);

    public Task Subscribe() =>
        this.GetStreamProvider("push")
            .GetStream<Numbered>(StreamId.Create("test", this.GetPrimaryKeyString()))
            .SubscribeAsync(Inboxes[this.GetPrimaryKeyString()]);
}
