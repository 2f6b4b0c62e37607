using System.Buffers;
using System.Text.Json;
using System.Text.Unicode;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/* Reads MessagePack as the JSON of the same shape, from clients that are not trusted: the depth is bounded, and so is what is written, since
 * text may grow when it is escaped. What JSON does not have (binary, extensions, keys that are no strings) is refused. */
internal static class MessagePackToJson
{
    private const int MaxBytes = 8 * 1024 * 1024;

    public static void Read(ref MessagePackReader reader, IBufferWriter<byte> json, MessagePackSecurity security)
    {
        using var writer = new Utf8JsonWriter(
            json,
            new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true }
        );
        ReadValue(ref reader, writer, security);
    }

    private static void ReadValue(ref MessagePackReader reader, Utf8JsonWriter writer, MessagePackSecurity security)
    {
        if (writer.BytesCommitted + writer.BytesPending > MaxBytes)
            throw new MessagePackSerializationException("The value is too large.");
        switch (reader.NextMessagePackType)
        {
            case MessagePackType.Map:
                ReadMap(ref reader, writer, security);
                break;
            case MessagePackType.Array:
                ReadArray(ref reader, writer, security);
                break;
            case MessagePackType.String:
                writer.WriteStringValue(Text(ref reader));
                break;
            case MessagePackType.Integer:
                ReadInteger(ref reader, writer);
                break;
            case MessagePackType.Float:
                var number = reader.ReadDouble();
                if (!double.IsFinite(number))
                    throw new MessagePackSerializationException("A number is not finite.");
                writer.WriteNumberValue(number);
                break;
            case MessagePackType.Boolean:
                writer.WriteBooleanValue(reader.ReadBoolean());
                break;
            case MessagePackType.Nil:
                reader.ReadNil();
                writer.WriteNullValue();
                break;
            default:
                throw new MessagePackSerializationException("A value is of a type that JSON does not have.");
        }
    }

    private static void ReadMap(ref MessagePackReader reader, Utf8JsonWriter writer, MessagePackSecurity security)
    {
        Enter(ref reader, security);
        var count = reader.ReadMapHeader();
        writer.WriteStartObject();
        for (var i = 0; i < count; i++)
        {
            if (reader.NextMessagePackType != MessagePackType.String)
                throw new MessagePackSerializationException("A key is not a string.");
            writer.WritePropertyName(Text(ref reader));
            ReadValue(ref reader, writer, security);
        }
        writer.WriteEndObject();
        reader.Depth--;
    }

    private static void ReadArray(ref MessagePackReader reader, Utf8JsonWriter writer, MessagePackSecurity security)
    {
        Enter(ref reader, security);
        var count = reader.ReadArrayHeader();
        writer.WriteStartArray();
        for (var i = 0; i < count; i++)
            ReadValue(ref reader, writer, security);
        writer.WriteEndArray();
        reader.Depth--;
    }

    /// <summary>One step deeper. The library's own refusal of too many is of another kind, which no caller takes for a bad value.</summary>
    private static void Enter(ref MessagePackReader reader, MessagePackSecurity security)
    {
        if (reader.Depth >= security.MaximumObjectGraphDepth)
            throw new MessagePackSerializationException("A value is too deep.");
        security.DepthStep(ref reader);
    }

    private static void ReadInteger(ref MessagePackReader reader, Utf8JsonWriter writer)
    {
        if (reader.NextCode == MessagePackCode.UInt64)
            writer.WriteNumberValue(reader.ReadUInt64());
        else
            writer.WriteNumberValue(reader.ReadInt64());
    }

    private static ReadOnlySpan<byte> Text(ref MessagePackReader reader)
    {
        var text =
            reader.ReadStringSequence() is not { } sequence ? default
            : sequence.IsSingleSegment ? sequence.FirstSpan
            : sequence.ToArray();
        return Utf8.IsValid(text) ? text : throw new MessagePackSerializationException("Text is not UTF-8.");
    }
}
