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

    public StreamSequenceToken SequenceToken => Token;

    // Required of who makes one, and yet not there when it came without them.
    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() =>
        Events is null || Token is null
            ? []
            : Events.OfType<T>().Select((e, i) => Tuple.Create(e, (StreamSequenceToken)Token.CreateSequenceTokenForEvent(i)));

    public bool ImportRequestContext() => false;
}

/// <summary>What the agent reads: that a stream has events from a place on. The events stay in their lane until a cursor takes them.</summary>
internal sealed class PushNotice(StreamId stream, long from) : IBatchContainer
{
    public StreamId StreamId => stream;

    public StreamSequenceToken SequenceToken { get; } = new EventSequenceTokenV2(from);

    public IEnumerable<Tuple<T, StreamSequenceToken>> GetEvents<T>() => [];

    public bool ImportRequestContext() => false;
}
