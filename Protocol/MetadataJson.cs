using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Chat.Protocol;

/// <summary>
/// A JSON object that the server keeps as it came and does not look into: as text, so that no layer parses and writes it again.
/// </summary>
/// <param name="Json">The object, as JSON text.</param>
[GenerateSerializer, Immutable, Alias("metadata"), JsonConverter(typeof(MetadataConverter))]
public sealed record MetadataJson([property: Id(0)] string Json)
{
    /// <summary>The object <c>{}</c>.</summary>
    public static MetadataJson Empty { get; } = new("{}");
}

internal sealed class MetadataConverter : JsonConverter<MetadataJson>
{
    public override MetadataJson? Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartObject)
            throw new JsonException("An object is expected.");
        return new MetadataJson(JsonElement.ParseValue(ref reader).GetRawText());
    }

    public override void Write(Utf8JsonWriter writer, MetadataJson value, JsonSerializerOptions options) =>
        writer.WriteRawValue(value.Json, skipInputValidation: true);
}
