using System.Buffers;
using System.Text.Json;
using System.Text.Json.Nodes;
using MessagePack;
using MessagePack.Formatters;

namespace Orleans.Chat.Protocol.MessagePack;

/* One contract for both hub protocols: what a type of the protocol looks like is what its JSON says, and MessagePack is another way to write that.
 * So a name, a time or a missing field cannot differ between them. */
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
        public static readonly IMessagePackFormatter<T>? Formatter = Covers(typeof(T)) ? new JsonFormatter<T>() : null;
    }

    private sealed class JsonFormatter<T> : IMessagePackFormatter<T>
    {
        // An event carries its type's name only when it is written as an event.
        private static readonly Type Declared = typeof(ChatEvent).IsAssignableFrom(typeof(T)) ? typeof(ChatEvent) : typeof(T);

        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options)
        {
            var json = new ArrayBufferWriter<byte>(512);
            using (
                var text = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = ProtocolJson.Options.Encoder, SkipValidation = true })
            )
                JsonSerializer.Serialize(text, value, Declared, ProtocolJson.Options);
            JsonToMessagePack.Write(ref writer, json.WrittenSpan);
        }

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
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
