using System.Buffers;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.PushStreams;
using Orleans.Chat.Security;
using Orleans.Providers.Streams.Common;
using Orleans.Serialization;
using Orleans.Streams;

namespace Orleans.Chat.Fuzz.Targets;

/* What a silo's stream agent hands to a gateway: a batch, by Orleans' serialiser and the codecs that are generated of our types, then each of its items on
 * its way to connections in both protocols. The contract: what the serialiser refuses Orleans answers to the sender; and no item, however odd, throws out of
 * the router, since that would end the handling of those behind it. */
internal sealed class BatchTarget : FuzzTarget
{
    private readonly Serializer _serializer = MakeSerializer();
    private readonly BatchReceiver _receiver = new();

    public override string Name => "batch";

    public override Reading Read(ReadOnlyMemory<byte> input)
    {
        if (Decode(input) is not PushBatch batch)
            return Reading.Refused;
        return _receiver.Receive(batch) ? Reading.Taken : Reading.Refused;
    }

    public override IEnumerable<Seed> Seeds() => BatchSeeds.All().Select(b => new Seed(b.Name, Encode(b.Batch)));

    private IBatchContainer? Decode(ReadOnlyMemory<byte> input)
    {
        try
        {
            return _serializer.Deserialize<IBatchContainer>(new ReadOnlySequence<byte>(input));
        }
        catch (Exception refused) when (!IsBug(refused))
        {
            return null;
        }
    }

    /// <summary>
    /// The serialiser has many words for bytes that are none of its own. Whatever it throws Orleans answers to the sender, and goes on; so these are only what shows
    /// that something was not looked at, or that there was no memory for what a length promised.
    /// </summary>
    private static bool IsBug(Exception fault) =>
        fault is OutOfMemoryException or InsufficientExecutionStackException or NullReferenceException or FindingException;

    private byte[] Encode(IBatchContainer batch) => _serializer.SerializeToArray(batch);

    private static Serializer MakeSerializer()
    {
        var services = new ServiceCollection();
        services.AddSerializer(serializer =>
        {
            // Not left to what is loaded: that depends on who runs this.
            serializer.AddAssembly(typeof(PushBatch).Assembly);
            serializer.AddAssembly(typeof(GatewayItem).Assembly);
            serializer.AddAssembly(typeof(Protocol.ChatEvent).Assembly);
            serializer.AddAssembly(typeof(EventSequenceTokenV2).Assembly);
            serializer.AddAssembly(typeof(StreamId).Assembly);
        });
        services.RefuseAbstractTypes();
        return services.BuildServiceProvider().GetRequiredService<Serializer>();
    }
}
