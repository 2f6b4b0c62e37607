using Orleans.Providers.Streams.Common;
using Orleans.Streams;

namespace Orleans.Chat.PushStreams;

/// <summary>Consecutive events of one stream, delivered together.</summary>
[GenerateSerializer, Alias("push-batch")]
internal sealed class PushBatch : IBatchContainer
{
    [Id(0)]
    public required StreamId StreamId { get; init; }

    [Id(1)]
    public required object[] Events { get; init; }

    [Id(2)]
    public required EventSequenceTokenV2 Token { get; init; }

    /// <summary>The backlog's life that it belongs to; one of an earlier life was dropped. Not on the wire.</summary>
    [NonSerialized]
    internal long Life;

    public StreamSequenceToken SequenceToken => Token;

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() =>
        Events.OfType<T>().Select((e, i) => Tuple.Create(e, (StreamSequenceToken)Token.CreateSequenceTokenForEvent(i)));

    public bool ImportRequestContext() => false;
}
