using System.Text.Json;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/* Writes JSON as the MessagePack of the same shape: maps with string keys, times and ids as strings, whole numbers as integers. MessagePack wants
 * to know how many items a map or list has before the first one, so each is counted ahead by a copy of the reader. */
internal static class JsonToMessagePack
{
    public static void Write(ref MessagePackWriter writer, ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        reader.Read();
        WriteValue(ref writer, ref reader);
    }

    private static void WriteValue(ref MessagePackWriter writer, ref Utf8JsonReader reader)
    {
        switch (reader.TokenType)
        {
            case JsonTokenType.StartObject:
                writer.WriteMapHeader(Count(reader, JsonTokenType.EndObject));
                while (reader.Read() && reader.TokenType != JsonTokenType.EndObject)
                {
                    WriteText(ref writer, ref reader);
                    reader.Read();
                    WriteValue(ref writer, ref reader);
                }
                break;
            case JsonTokenType.StartArray:
                writer.WriteArrayHeader(Count(reader, JsonTokenType.EndArray));
                while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
                    WriteValue(ref writer, ref reader);
                break;
            case JsonTokenType.String:
                WriteText(ref writer, ref reader);
                break;
            case JsonTokenType.Number:
                WriteNumber(ref writer, ref reader);
                break;
            case JsonTokenType.True:
                writer.Write(true);
                break;
            case JsonTokenType.False:
                writer.Write(false);
                break;
            default:
                writer.WriteNil();
                break;
        }
    }

    private static void WriteText(ref MessagePackWriter writer, ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            writer.WriteString(reader.ValueSpan);
        else
            writer.Write(reader.GetString());
    }

    private static void WriteNumber(ref MessagePackWriter writer, ref Utf8JsonReader reader)
    {
        if (reader.TryGetInt64(out var whole))
            writer.Write(whole);
        else if (reader.TryGetUInt64(out var large))
            writer.Write(large);
        else
            // JSON may have a number that no double holds; one that is not finite would make all that it comes with unreadable.
            writer.Write(Math.Clamp(reader.GetDouble(), double.MinValue, double.MaxValue));
    }

    private static int Count(Utf8JsonReader ahead, JsonTokenType end)
    {
        var count = 0;
        while (ahead.Read() && ahead.TokenType != end)
        {
            if (ahead.TokenType == JsonTokenType.PropertyName)
                ahead.Read();
            ahead.Skip();
            count++;
        }
        return count;
    }
}
