using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.PushStreams.Tests;
using Orleans.Configuration;
using Orleans.Streams;
using Orleans.TestingHost;

[assembly: AssemblyFixture(typeof(PushCluster))]

namespace Orleans.Chat.PushStreams.Tests;

/// <summary>Two silos, a client that subscribes, and a provider for each set of bounds. Every test takes streams of its own.</summary>
public sealed class PushCluster : IAsyncLifetime
{
    /// <summary>Room for whatever a test publishes at once.</summary>
    public const string Roomy = "roomy";

    /// <summary>Streams of <see cref="SmallBacklog"/> events.</summary>
    public const string Small = "small";

    /// <summary>Gives a failing subscriber up soon, and forgets unclaimed events as soon.</summary>
    public const string Hasty = "hasty";

    /// <summary>A queue for one stream.</summary>
    public const string Narrow = "narrow";

    /// <summary>For the one test that counts.</summary>
    public const string Counted = "counted";

    public const int SmallBacklog = 1_000;

    private InProcessTestCluster _cluster = null!;

    public InProcessTestCluster Cluster => _cluster;

    public Dropper Dropper { get; } = new();

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(2);
        builder.ConfigureSilo(
            (_, silo) =>
            {
                silo.Services.AddSingleton<IPushStreamInterceptor>(Dropper);
                silo.AddMemoryGrainStorage("PubSubStore");
                // A test may hold a delivery for as long as a busy machine takes to publish meanwhile.
                silo.Configure<SiloMessagingOptions>(o => o.ResponseTimeout = TimeSpan.FromMinutes(5));
                silo.AddPushStreams(Roomy, o => o.BacklogPerStream = 100_000)
                    .AddPushStreams(
                        Small,
                        o =>
                        {
                            o.BacklogPerStream = SmallBacklog;
                            o.MaxEventDeliveryTime = TimeSpan.FromMinutes(10);
                            o.OverflowEvent = _ => Numbered.Overflow;
                        }
                    )
                    .AddPushStreams(Hasty, o => o.MaxEventDeliveryTime = TimeSpan.FromSeconds(1))
                    .AddPushStreams(Narrow, o => o.QueueCapacity = 1)
                    .AddPushStreams(Counted, o => o.BacklogPerStream = 4);
            }
        );
        builder.ConfigureClient(client =>
            client.AddPushStreams(Roomy).AddPushStreams(Small).AddPushStreams(Hasty).AddPushStreams(Narrow).AddPushStreams(Counted)
        );
        _cluster = builder.Build();
        await _cluster.DeployAsync(Ct);
    }

    public async ValueTask DisposeAsync() => await _cluster.DisposeAsync();

    public IPublisherGrain Publisher(string key) => _cluster.Client.GetGrain<IPublisherGrain>(key);

    public IAsyncStream<Numbered> Stream(string provider, string stream) =>
        _cluster.Client.GetStreamProvider(provider).GetStream<Numbered>(Publishing.IdOf(stream));

    public async Task<Inbox> SubscribeAsync(string provider, string stream)
    {
        var inbox = new Inbox();
        await Stream(provider, stream).SubscribeAsync((IAsyncBatchObserver<Numbered>)inbox);
        return inbox;
    }

    /// <summary>Events and streams that all silos keep for a provider.</summary>
    internal (long Events, int Streams) Kept(string provider)
    {
        var queues = _cluster.Silos.Select(s => s.ServiceProvider.GetRequiredKeyedService<PushQueue>(provider)).ToArray();
        return (queues.Sum(q => q.Depth), queues.Sum(q => q.Streams));
    }
}

/// <summary>Loses what it is told to lose.</summary>
public sealed class Dropper : IPushStreamInterceptor
{
    public ConcurrentDictionary<(string Stream, int Value), byte> Refused { get; } = new();

    public bool Accept(StreamId stream, object item) => item is not Numbered n || !Refused.ContainsKey((stream.GetKeyAsString(), n.Value));
}
