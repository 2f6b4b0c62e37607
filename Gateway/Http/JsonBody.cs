using System.Buffers;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using Microsoft.Extensions.Primitives;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/* Bodies are read whole, into a buffer that is bounded, and then parsed: so that a body that is too large is refused before it is kept, and
 * one with a text that cannot be stored before anything looks at it. */
internal static class JsonBody
{
    private const string Field = "body";
    private const string WrongType = "It has the wrong type.";

    // Of a list of thousands these tell what is wrong with it.
    private const int MaxWrongTypes = 100;

    /// <param name="http">The request.</param>
    /// <param name="maxBytes">More is <c>too_large</c>.</param>
    /// <param name="absent">What an absent body means; null when there must be one.</param>
    public static async Task<Outcome<T>> ReadAsync<T>(HttpContext http, int maxBytes, T? absent = null)
        where T : class
    {
        if (http.Request.ContentLength > maxBytes)
            return TooLarge(maxBytes);
        var buffer = new ArrayBufferWriter<byte>((int)Math.Clamp(http.Request.ContentLength ?? 512, 16, 64 * 1024));
        while (await http.Request.Body.ReadAsync(buffer.GetMemory(1_024), http.RequestAborted) is var read and > 0)
        {
            buffer.Advance(read);
            if (buffer.WrittenCount > maxBytes)
                return TooLarge(maxBytes);
        }
        if (buffer.WrittenCount == 0)
            return absent is null ? Problem.Invalid(Field, "It is required.") : absent;
        return IsJson(http.Request.ContentType) && IsPlain(http.Request.Headers.ContentEncoding)
            ? Parse<T>(buffer.WrittenSpan)
            : Problem.Of(ProblemCodes.UnsupportedMediaType, "The body must be application/json, not encoded.");
    }

    internal static Outcome<T> Parse<T>(ReadOnlySpan<byte> json)
        where T : class
    {
        if (!Utf8.IsValid(json))
            return Problem.Invalid(Field, "It is not UTF-8.");
        try
        {
            if (Unicode.FirstUnsound(json) is { } path)
                return Problem.Invalid(path, Unicode.Error);
            return JsonSerializer.Deserialize<T>(json, ProtocolJson.Options) is { } body ? body : Problem.Invalid(Field, "It is required.");
        }
        catch (JsonException malformed)
        {
            return WrongTypes(json, typeof(T)) ?? Malformed(malformed);
        }
    }

    /// <summary>The serialiser stops at the first value of a wrong type; all of them are to be told. Null where that is not what is wrong.</summary>
    internal static Problem? WrongTypes(ReadOnlySpan<byte> json, Type type)
    {
        try
        {
            var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = ProtocolJson.Options.MaxDepth });
            using var document = JsonDocument.ParseValue(ref reader);
            var errors = new Errors();
            AddWrongTypes(errors, document.RootElement, ProtocolJson.Options.GetTypeInfo(type), "");
            return reader.Read() ? null : errors.Problem;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static void AddWrongTypes(Errors errors, JsonElement json, JsonTypeInfo type, string prefix)
    {
        if (errors.Count >= MaxWrongTypes)
            return;
        if (type is { Kind: JsonTypeInfoKind.Enumerable, ElementType: { } element } && json.ValueKind == JsonValueKind.Array)
        {
            foreach (var (index, item) in json.EnumerateArray().Index())
                AddWrongTypes(errors, item, ProtocolJson.Options.GetTypeInfo(element), $"{prefix}[{index}]");
            return;
        }
        if (type.Kind == JsonTypeInfoKind.Object && json.ValueKind == JsonValueKind.Object)
        {
            foreach (var property in type.Properties)
            {
                if (json.TryGetProperty(property.Name, out var value))
                    AddWrongTypes(errors, value, ProtocolJson.Options.GetTypeInfo(property.PropertyType), $"{prefix}.{property.Name}");
            }
            return;
        }
        try
        {
            json.Deserialize(type);
        }
        catch (JsonException wrong)
        {
            errors.Add(FieldOf($"${prefix}{wrong.Path?[1..]}"), WrongType);
        }
    }

    /// <summary>The field and not the parser's words, which name our types.</summary>
    internal static Problem Malformed(JsonException malformed)
    {
        var field = FieldOf(malformed.Path);
        // Inside is the reader's own exception where the text ceased to be JSON.
        var wrongType =
            malformed.InnerException is not (null or JsonException)
            || malformed.Path is not (null or "$") && malformed.InnerException is null;
        return Problem.Invalid(field, wrongType ? WrongType : "It is not well-formed JSON of the expected shape.");
    }

    internal static string FieldOf(string? path) =>
        path is null or "$" or "" ? Field
        : path.StartsWith("$.", StringComparison.Ordinal) ? path[2..]
        : path[1..];

    private static bool IsJson(string? contentType) =>
        MediaTypeHeaderValue.TryParse(contentType, out var type)
        && type.MediaType is { } media
        && (
            media.Equals("application/json", StringComparison.OrdinalIgnoreCase)
            || media.EndsWith("+json", StringComparison.OrdinalIgnoreCase)
        )
        && (type.CharSet is null || type.CharSet.Trim('"').Equals("utf-8", StringComparison.OrdinalIgnoreCase));

    private static bool IsPlain(StringValues encodings) =>
        encodings.All(e => string.IsNullOrEmpty(e) || e.Equals("identity", StringComparison.OrdinalIgnoreCase));

    private static Problem TooLarge(int maxBytes) => Problem.Of(ProblemCodes.TooLarge, $"The body is over {maxBytes} bytes.");
}
