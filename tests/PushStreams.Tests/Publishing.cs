using System.Collections.Concurrent;
using Orleans.Streams;

namespace Orleans.Chat.PushStreams.Tests;

[GenerateSerializer, Immutable, Alias("test-numbered")]
public sealed record Numbered([property: Id(0)] string Source, [property: Id(1)] int Value)
{
    public static Numbered Overflow { get; } = new("overflow", -1);
}

[Alias("test-publisher")]
public interface IPublisherGrain : IGrainWithStringKey
{
    /// <summary>One by one, each when the one before has been taken.</summary>
    [Alias("publish")]
    Task Publish(string provider, string stream, int first, int count);

    /// <summary>One event on each of many streams.</summary>
    [Alias("publish-each")]
    Task PublishEach(string provider, string[] streams);

    [Alias("silo")]
    Task<string> Silo();
}

[GrainType("test-publisher"), Placement.RandomPlacement]
internal sealed class PublisherGrain(ILocalSiloDetails silo) : Grain, IPublisherGrain
{
    public async Task Publish(string provider, string stream, int first, int count)
    {
        var target = this.GetStreamProvider(provider).GetStream<Numbered>(Publishing.IdOf(stream));
        for (var i = 0; i < count; i++)
            await target.OnNextAsync(new Numbered(this.GetPrimaryKeyString(), first + i));
    }

    public async Task PublishEach(string provider, string[] streams)
    {
        foreach (var stream in streams)
            await this.GetStreamProvider(provider).GetStream<Numbered>(Publishing.IdOf(stream)).OnNextAsync(new Numbered(stream, 0));
    }

    public Task<string> Silo() => Task.FromResult(silo.SiloAddress.ToParsableString());
}

[Alias("test-subscriber")]
public interface ISubscriberGrain : IGrainWithStringKey
{
    [Alias("subscribe")]
    Task Subscribe(string provider);
}

[GrainType("test-subscriber")]
internal sealed class SubscriberGrain : Grain, ISubscriberGrain
{
    public static ConcurrentDictionary<string, Inbox> Inboxes { get; } = new(StringComparer.Ordinal);

    public Task Subscribe(string provider) =>
        this.GetStreamProvider(provider)
            .GetStream<Numbered>(Publishing.IdOf(this.GetPrimaryKeyString()))
            .SubscribeAsync((IAsyncBatchObserver<Numbered>)Inboxes[this.GetPrimaryKeyString()]);
}

internal static class Publishing
{
    public static StreamId IdOf(string stream) => StreamId.Create("test", stream);
}
