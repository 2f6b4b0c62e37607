using System.Text.Json;
using System.Text.Json.Serialization;

namespace Orleans.Chat.Check.Verdicts;

/// <summary>A verdict for programs: the record as JSON, names in snake_case.</summary>
internal static class VerdictJson
{
    private static readonly JsonSerializerOptions Options = new(JsonSerializerOptions.Default)
    {
        PropertyNamingPolicy = JsonNamingPolicy.SnakeCaseLower,
        WriteIndented = true,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.SnakeCaseLower) },
    };

    public static string Write(Verdict verdict) => JsonSerializer.Serialize(verdict, Options);
}
