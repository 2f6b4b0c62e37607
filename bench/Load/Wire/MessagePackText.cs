using System.Buffers.Binary;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orleans.Chat.Load.Wire;

/// <summary>JSON written as MessagePack: just what calls of a hub need, and only before the measuring begins.</summary>
internal sealed class MessagePackText
{
    private readonly List<byte> _bytes = [];

    public byte[] Bytes => [.. _bytes];

    public MessagePackText Nil() => Put(0xc0);

    public MessagePackText Array(int count) => count < 16 ? Put((byte)(0x90 | count)) : Put(0xdc, (byte)(count >> 8), (byte)count);

    public MessagePackText Map(int count) => count < 16 ? Put((byte)(0x80 | count)) : Put(0xde, (byte)(count >> 8), (byte)count);

    public MessagePackText Number(long number)
    {
        if (number is >= 0 and < 128)
            return Put((byte)number);
        var bytes = new byte[9];
        bytes[0] = 0xd3;
        BinaryPrimitives.WriteInt64BigEndian(bytes.AsSpan(1), number);
        return Put(bytes);
    }

    public MessagePackText Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        if (bytes.Length < 32)
            Put((byte)(0xa0 | bytes.Length));
        else if (bytes.Length < 256)
            Put(0xd9, (byte)bytes.Length);
        else
            Put(0xda, (byte)(bytes.Length >> 8), (byte)bytes.Length);
        return Put(bytes);
    }

    public MessagePackText Value(JsonNode? node)
    {
        switch (node)
        {
            case JsonObject map:
                Map(map.Count);
                foreach (var (key, value) in map)
                    Text(key).Value(value);
                return this;
            case JsonArray list:
                Array(list.Count);
                foreach (var value in list)
                    Value(value);
                return this;
            case null:
                return Nil();
            default:
                return node.GetValueKind() switch
                {
                    JsonValueKind.Number => Number(node.GetValue<long>()),
                    JsonValueKind.True => Put(0xc3),
                    JsonValueKind.False => Put(0xc2),
                    _ => Text(node.GetValue<string>()),
                };
        }
    }

    private MessagePackText Put(params ReadOnlySpan<byte> bytes)
    {
        _bytes.AddRange(bytes);
        return this;
    }
}
