using System.Buffers;
using System.Text.Json;
using MessagePack;
using MessagePack.Formatters;
using MessagePack.Resolvers;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Hubs;

/* The hub's MessagePack is the protocol's JSON in another coat: the same names as string keys, times and ids as strings, metadata a plain map.
 * So the protocol's types go by way of JSON, and there is one set of rules to keep. It costs a second pass; an event is serialised once for
 * all connections of a gateway. */
internal sealed class MessagePackAsJson : IFormatterResolver
{
    private MessagePackAsJson() { }

    public static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions
            .Standard.WithResolver(CompositeResolver.Create(new MessagePackAsJson(), StandardResolver.Instance))
            .WithSecurity(MessagePackSecurity.UntrustedData);

    public IMessagePackFormatter<T>? GetFormatter<T>() => Cache<T>.Formatter;

    private static bool IsOurs(Type type) =>
        type.Assembly == typeof(Problem).Assembly
        || (type.IsArray && IsOurs(type.GetElementType()!))
        || (type.IsGenericType && type.GetGenericArguments().Any(IsOurs));

    private static class Cache<T>
    {
        public static readonly IMessagePackFormatter<T>? Formatter = IsOurs(typeof(T)) ? new Bridge<T>() : null;
    }

    private sealed class Bridge<T> : IMessagePackFormatter<T>
    {
        public void Serialize(ref MessagePackWriter writer, T value, MessagePackSerializerOptions options)
        {
            using var json = JsonSerializer.SerializeToDocument(value, ProtocolJson.Options);
            JsonTranscoder.Write(ref writer, json.RootElement);
        }

        public T Deserialize(ref MessagePackReader reader, MessagePackSerializerOptions options)
        {
            var buffer = new ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(buffer))
                JsonTranscoder.Read(ref reader, json, options);
            return JsonSerializer.Deserialize<T>(buffer.WrittenSpan, ProtocolJson.Options)!;
        }
    }
}

/// <summary>Between JSON and MessagePack.</summary>
internal static class JsonTranscoder
{
    public static void Write(ref MessagePackWriter writer, JsonElement json)
    {
        switch (json.ValueKind)
        {
            case JsonValueKind.Object:
                writer.WriteMapHeader(json.GetPropertyCount());
                foreach (var property in json.EnumerateObject())
                {
                    writer.Write(property.Name);
                    Write(ref writer, property.Value);
                }
                break;
            case JsonValueKind.Array:
                writer.WriteArrayHeader(json.GetArrayLength());
                foreach (var item in json.EnumerateArray())
                    Write(ref writer, item);
                break;
            case JsonValueKind.String:
                writer.Write(json.GetString());
                break;
            case JsonValueKind.Number when json.TryGetInt64(out var integer):
                writer.Write(integer);
                break;
            case JsonValueKind.Number when json.TryGetUInt64(out var large):
                writer.Write(large);
                break;
            case JsonValueKind.Number:
                writer.Write(json.GetDouble());
                break;
            case JsonValueKind.True or JsonValueKind.False:
                writer.Write(json.GetBoolean());
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    public static void Read(ref MessagePackReader reader, Utf8JsonWriter json, MessagePackSerializerOptions options)
    {
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Map:
                ReadMap(ref reader, json, options);
                break;
            case MessagePackType.Array:
                ReadArray(ref reader, json, options);
                break;
            case MessagePackType.String:
                json.WriteStringValue(reader.ReadString());
                break;
            case MessagePackType.Integer when reader.NextCode == MessagePackCode.UInt64:
                json.WriteNumberValue(reader.ReadUInt64());
                break;
            case MessagePackType.Integer:
                json.WriteNumberValue(reader.ReadInt64());
                break;
            case MessagePackType.Float:
                var number = reader.ReadDouble();
                json.WriteNumberValue(
                    double.IsFinite(number) ? number : throw new JsonException("A finite number is expected.", "$", null, null)
                );
                break;
            case MessagePackType.Boolean:
                json.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Nil:
                reader.ReadNil();
                json.WriteNullValue();
                break;
            case MessagePackType.Binary:
                var bytes = reader.ReadBytes();
                json.WriteBase64StringValue(bytes is { } sequence ? sequence.ToArray() : []);
                break;
            default:
                throw new JsonException("JSON has nothing for this.", "$", null, null);
        }
    }

    private static void ReadMap(ref MessagePackReader reader, Utf8JsonWriter json, MessagePackSerializerOptions options)
    {
        options.Security.DepthStep(ref reader);
        json.WriteStartObject();
        for (var count = reader.ReadMapHeader(); count > 0; count--)
        {
            if (reader.NextMessagePackType != MessagePackType.String)
                throw new JsonException("The keys of a map must be strings.", "$", null, null);
            json.WritePropertyName(reader.ReadString()!);
            Read(ref reader, json, options);
        }
        json.WriteEndObject();
        reader.Depth--;
    }

    private static void ReadArray(ref MessagePackReader reader, Utf8JsonWriter json, MessagePackSerializerOptions options)
    {
        options.Security.DepthStep(ref reader);
        json.WriteStartArray();
        for (var count = reader.ReadArrayHeader(); count > 0; count--)
            Read(ref reader, json, options);
        json.WriteEndArray();
        reader.Depth--;
    }
}
