using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MessagePack;
using MessagePack.Formatters;

namespace Orleans.Chat.Protocol.MessagePack;

/* One contract for both hub protocols: what a type of the protocol looks like is what its JSON says, and MessagePack is another way to write that.
 * So a name, a time or a missing field cannot differ between them. See ValueWriter and ObjectReader for how it is done without making the JSON. */
internal sealed class ProtocolResolver : IFormatterResolver
{
    public static ProtocolResolver Instance { get; } = new();

    public IMessagePackFormatter<T>? GetFormatter<T>() => Cache<T>.Formatter;

    private static bool Covers(Type type) =>
        type == typeof(JsonElement)
        || typeof(JsonNode).IsAssignableFrom(type)
        || type.Assembly == typeof(ProtocolJson).Assembly
        || (type.IsArray && Covers(type.GetElementType()!))
        || (type.IsGenericType && Array.Exists(type.GetGenericArguments(), Covers));

    private static class Cache<T>
    {
        public static readonly IMessagePackFormatter<T>? Formatter = Covers(typeof(T)) ? new ContractFormatter<T>() : null;
    }

    private sealed class ContractFormatter<T> : IMessagePackFormatter<T>
    {
        private static readonly ObjectReader<T>? Direct = ObjectReader<T>.Make();

        // An event carries its type's name only when it is written as an event.
        private static readonly bool IsEvent = typeof(ChatEvent).IsAssignableFrom(typeof(T));

        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options)
        {
            if (value is null)
                writer.WriteNil();
            else if (IsEvent)
                ValueWriter<ChatEvent>.Default.Write(ref writer, (ChatEvent)(object)value);
            else
                ValueWriter<T>.Default.Write(ref writer, value);
        }

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            if (Direct is not null)
            {
                var ahead = reader;
                if (Direct.TryRead(ref ahead, options.Security, out var value))
                {
                    reader = ahead;
                    return value;
                }
            }
            return ByJson(ref reader, options);
        }

        private static T ByJson(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            var json = new ArrayBufferWriter<byte>(512);
            MessagePackToJson.Read(ref reader, json, options.Security);
            try
            {
                return JsonSerializer.Deserialize<T>(json.WrittenSpan, ProtocolJson.Options)!;
            }
            catch (JsonException fault)
            {
                throw new MessagePackSerializationException(fault.Message, fault);
            }
        }
    }
}
