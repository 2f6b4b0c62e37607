using System.Text.Json;
using CsCheck;
using MessagePack;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Protocol.Tests;

public sealed class MessagePackTests
{
    [Fact]
    public void Other_serialisers_read_maps_with_string_keys_integers_and_strings()
    {
        var bytes = Pack(
            new SentMessage
            {
                MessageId = "m",
                ChatId = "c",
                Seq = 7,
                Revision = 9,
                CreatedAt = DateTimeOffset.UnixEpoch,
            }
        );

        MessagePackSerializer
            .ConvertToJson(bytes, cancellationToken: TestContext.Current.CancellationToken)
            .ShouldBe("""{"message_id":"m","chat_id":"c","seq":7,"revision":9,"status":"sent","created_at":"1970-01-01T00:00:00.000Z"}""");
        bytes[0].ShouldBe((byte)0x86);
    }

    [Fact]
    public void An_argument_is_read_with_its_metadata_as_a_plain_map()
    {
        var writer = new System.Buffers.ArrayBufferWriter<byte>();
        var map = new MessagePackWriter(writer);
        map.WriteMapHeader(3);
        map.Write("chat_id");
        map.Write("c");
        map.Write("unknown");
        map.WriteArrayHeader(1);
        map.Write(1.5f);
        map.Write("metadata");
        map.WriteMapHeader(1);
        map.Write("n");
        map.Write((byte)200);
        map.Flush();

        var message = Unpack<SendMessage>(writer.WrittenSpan.ToArray());

        (message.ChatId, message.Content, message.Metadata?.Json).ShouldBe(("c", null, """{"n":200}"""));
    }

    [Theory]
    [InlineData(new byte[] { 0x81, 0x01, 0x01 })] // A key that is a number.
    [InlineData(new byte[] { 0x81, 0xa1, 0x61, 0xc4, 0x01, 0x00 })] // Binary.
    [InlineData(new byte[] { 0x81, 0xa1, 0x61, 0xd6, 0xff, 0, 0, 0, 0 })] // A timestamp.
    [InlineData(new byte[] { 0x81, 0xa1, 0x61, 0xa1, 0xff })] // No UTF-8.
    [InlineData(new byte[] { 0x81, 0xa1, 0x61, 0xcb, 0x7f, 0xf8, 0, 0, 0, 0, 0, 0 })] // Not a number.
    [InlineData(new byte[] { 0xdf, 0xff, 0xff, 0xff, 0xff, 0xa1, 0x61 })] // A count that is not there.
    [InlineData(new byte[] { 0xa1, 0x61 })] // No map.
    public void What_json_could_not_say_is_refused(byte[] bytes) =>
        Should.Throw<MessagePackSerializationException>(() => Unpack<SendMessage>(bytes));

    [Fact]
    public void Depth_is_bounded()
    {
        byte[] bytes = [0x81, 0xa8, .. "metadata"u8, .. Enumerable.Repeat<byte>(0x91, 20_000), 0xc0];

        Should.Throw<MessagePackSerializationException>(() => Unpack<SendMessage>(bytes));
        Should.Throw<MessagePackSerializationException>(() => Unpack<JsonElement>(bytes));
    }

    [Fact]
    public void Bytes_that_are_noise_are_read_or_refused() =>
        Gen
            .Byte.Array[0, 60]
            .Sample(
                bytes =>
                {
                    try
                    {
                        Unpack<SendMessage>(bytes);
                    }
                    catch (MessagePackSerializationException)
                    {
                        // Refused.
                    }
                },
                iter: 20_000
            );

    [Fact]
    public void Any_metadata_comes_back_as_it_went() =>
        Gen.Select(Gen.String, Gen.Long, Gen.Bool, Gen.Char.AlphaNumeric.Array[0, 40])
            .Sample(
                (text, number, flag, key) =>
                {
                    text = new string([.. text.Where(c => !char.IsSurrogate(c))]);
                    var element = JsonSerializer.SerializeToElement(
                        new Dictionary<string, object?>
                        {
                            [new string(key)] = text,
                            ["n"] = new object?[] { number, flag, null, new { text } },
                        },
                        ProtocolJson.Options
                    );
                    Unpack<JsonElement>(Pack(element)).GetRawText().ShouldBe(JsonSerializer.Serialize(element, ProtocolJson.Options));
                },
                iter: 2_000
            );

    [Fact]
    public void What_is_read_directly_is_what_its_json_says()
    {
        var value = Gen.OneOf(
            Gen.Const((object?)null),
            Gen.Char.AlphaNumeric.Array[0, 20].Select(c => (object?)new string(c)),
            Gen.Long.Select(n => (object?)n),
            Gen.Bool.Select(b => (object?)b),
            Gen.Int[0, 3].Select(n => (object?)new Dictionary<string, object?> { ["n"] = n })
        );
        var key = Gen.OneOf([
            .. new[] { "chat_id", "sender_id", "content", "type", "message_id", "metadata", "removed", "delivered_seq", "other" }.Select(
                k => Gen.Const(k)
            ),
        ]);
        Gen.Select(key, value)
            .Array[0, 6]
            .Sample(
                fields =>
                {
                    var map = fields.DistinctBy(f => f.Item1).ToDictionary(f => f.Item1, object? (f) => f.Item2);
                    var bytes = MessagePackSerializer.Serialize(map, global::MessagePack.Resolvers.ContractlessStandardResolver.Options);
                    Same<SendMessage>(bytes, map);
                    Same<React>(bytes, map);
                    Same<Acknowledge>(bytes, map);
                },
                iter: 3_000
            );
    }

    private static void Same<T>(byte[] bytes, Dictionary<string, object?> map)
    {
        T? expected = default;
        var refused = false;
        try
        {
            expected = JsonSerializer.Deserialize<T>(JsonSerializer.Serialize(map), ProtocolJson.Options);
        }
        catch (JsonException)
        {
            refused = true;
        }
        if (refused)
            Should.Throw<MessagePackSerializationException>(() => Unpack<T>(bytes));
        else
            Unpack<T>(bytes).ShouldBe(expected);
    }

    private static byte[] Pack<T>(T value) =>
        MessagePackSerializer.Serialize(value, ProtocolMessagePack.Options, TestContext.Current.CancellationToken);

    private static T Unpack<T>(byte[] bytes) =>
        MessagePackSerializer.Deserialize<T>(bytes, ProtocolMessagePack.Options, TestContext.Current.CancellationToken);
}
