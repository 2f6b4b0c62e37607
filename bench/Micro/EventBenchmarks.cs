using System.Buffers;
using BenchmarkDotNet.Attributes;
using MessagePack;
using Microsoft.AspNetCore.SignalR.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;
using Orleans.Serialization;

namespace Orleans.Chat.Micro;

/// <summary>One event, written: for clients in both hub protocols, and for the stream between silo and gateway. And a send, read.</summary>
public class EventBenchmarks
{
    private readonly InvocationMessage _call = new("Events", [new ChatEvent[] { Samples.Event(1) }]);
    private readonly ArrayBufferWriter<byte> _buffer = new(64 * 1024);
    private readonly Serializer _orleans = new ServiceCollection().AddSerializer().BuildServiceProvider().GetRequiredService<Serializer>();
    private readonly GatewayItem _item = new(
        "source",
        1,
        new ChatDelivery
        {
            ChatId = "0198f3a1-6a52-7cc3-9b31-0242ac120002",
            Entries =
            [
                new DeliveryEntry
                {
                    Revision = 2,
                    Event = Samples.Event(1),
                    MessageSeq = 1,
                },
            ],
            Head = 2,
        }
    );
    private readonly IHubProtocol _json = new JsonHubProtocol(Options(ProtocolJson.Configure));
    private readonly IHubProtocol _messagePack = new MessagePackHubProtocol(
        Microsoft.Extensions.Options.Options.Create(
            new Microsoft.AspNetCore.SignalR.MessagePackHubProtocolOptions { SerializerOptions = ProtocolMessagePack.Options }
        )
    );
    private readonly byte[] _send = MessagePackSerializer.Serialize(
        new Dictionary<string, object>
        {
            ["chat_id"] = "0198f3a1-6a52-7cc3-9b31-0242ac120002",
            ["content"] = Samples.Content,
            ["type"] = "text",
            ["message_id"] = Ids.New(),
        }
    );
    private byte[] _onStream = [];

    [GlobalSetup]
    public void SerializeOnce() => _onStream = _orleans.SerializeToArray(_item);

    [Benchmark]
    public int Json() => Write(_json);

    [Benchmark]
    public int MessagePack() => Write(_messagePack);

    [Benchmark]
    public int OrleansWrite()
    {
        _buffer.ResetWrittenCount();
        _orleans.Serialize(_item, _buffer);
        return _buffer.WrittenCount;
    }

    [Benchmark]
    public object? OrleansRead() => _orleans.Deserialize<GatewayItem>(_onStream);

    [Benchmark]
    public object SendMessageRead() => MessagePackSerializer.Deserialize<SendMessage>(_send, ProtocolMessagePack.Options);

    private int Write(IHubProtocol protocol)
    {
        _buffer.ResetWrittenCount();
        protocol.WriteMessage(_call, _buffer);
        return _buffer.WrittenCount;
    }

    private static Microsoft.Extensions.Options.IOptions<Microsoft.AspNetCore.SignalR.JsonHubProtocolOptions> Options(
        Action<System.Text.Json.JsonSerializerOptions> configure
    )
    {
        var options = new Microsoft.AspNetCore.SignalR.JsonHubProtocolOptions();
        configure(options.PayloadSerializerOptions);
        return Microsoft.Extensions.Options.Options.Create(options);
    }
}
