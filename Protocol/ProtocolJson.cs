using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Chat.Protocol;

/// <summary>How everything is written as JSON: snake_case names, RFC 3339 times in UTC with milliseconds, nulls left out.</summary>
public static class ProtocolJson
{
    /// <summary>The one set of options; read-only.</summary>
    public static JsonSerializerOptions Options { get; } = Make();

    /// <summary>Puts the protocol's rules into options that a framework made.</summary>
    public static void Configure(JsonSerializerOptions options)
    {
        options.PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower;
        options.DictionaryKeyPolicy = null;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull;
        options.AllowOutOfOrderMetadataProperties = true;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip;
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.MaxDepth = 32;
        options.Converters.Add(new TimeConverter());
    }

    private static JsonSerializerOptions Make()
    {
        var options = new JsonSerializerOptions(JsonSerializerDefaults.General);
        Configure(options);
        options.MakeReadOnly(populateMissingResolver: true);
        return options;
    }

    /// <summary>Bytes of a time.</summary>
    public const int TimeLength = 24;

    /// <summary>Writes a time as RFC 3339 in UTC with milliseconds: <see cref="TimeLength"/> bytes of UTF-8.</summary>
    public static void FormatTime(DateTimeOffset time, Span<byte> text) =>
        time.UtcDateTime.TryFormat(text, out _, "yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private sealed class TimeConverter : JsonConverter<DateTimeOffset>
    {
        public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
            reader.TokenType == JsonTokenType.String && IsWhole(reader.GetString()!) && reader.TryGetDateTimeOffset(out var time)
                ? time.ToUniversalTime()
                : throw new JsonException("An RFC 3339 time is expected.");

        // The reader takes ISO 8601: a day, or a time without seconds or offset, which would be one of the server's own zone.
        private static bool IsWhole(string text) =>
            text.Length >= 20 && text[16] == ':' && (text[^1] is 'Z' or 'z' || text[^6] is '+' or '-');

        public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options)
        {
            Span<byte> text = stackalloc byte[TimeLength];
            FormatTime(value, text);
            writer.WriteStringValue(text);
        }
    }
}
