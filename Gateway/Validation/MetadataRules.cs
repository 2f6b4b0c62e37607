using System.Text;
using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Validation;

/// <summary>A message's metadata, written in the one way, and what the server itself reads out of it.</summary>
internal sealed record MetadataFields(
    MetadataJson? Metadata = null,
    string[]? Mentions = null,
    string? ReplyTo = null,
    string? ThreadId = null
);

/// <summary>Metadata is the client's own but for a few names that mean something here.</summary>
internal static class MetadataRules
{
    private const string Field = "metadata";

    /// <summary>Less than a reader of the answers that it comes back in goes down: what one member sent, every member must be able to read.</summary>
    private const int MaxDepth = 24;
    private static readonly JsonDocumentOptions Json = new() { MaxDepth = 32 };

    /// <summary>Size and characters, as of every metadata.</summary>
    public static void Check(Errors errors, MetadataJson? metadata, LimitOptions limits)
    {
        if (metadata is not null && Sound(errors, metadata, limits))
            Finite(errors, metadata);
    }

    /// <summary>As <see cref="Check"/>, and the types of the names that mean something in a message.</summary>
    public static MetadataFields CheckMessage(Errors errors, MetadataJson? metadata, LimitOptions limits)
    {
        if (metadata is null || !Sound(errors, metadata, limits))
            return new MetadataFields();
        using var document = JsonDocument.Parse(metadata.Json, Json);
        var json = document.RootElement;
        var wrong = errors.Count;
        IdList(errors, json, "attachment_ids");
        Value(errors, json, "signature", JsonValueKind.String);
        var fields = new MetadataFields(
            Compact(json),
            IdList(errors, json, "mentions"),
            MessageId(errors, json, "reply_to"),
            MessageId(errors, json, "thread_id")
        );
        // A number where one of these wants a text was told by its name.
        if (errors.Count == wrong)
            Finite(errors, metadata);
        return fields;
    }

    /// <summary>One way to write it: a repeat by another transport, with other blanks and escapes, is the same message.</summary>
    private static MetadataJson Compact(JsonElement json) => new(JsonSerializer.Serialize(json, ProtocolJson.Options));

    private static bool Sound(Errors errors, MetadataJson metadata, LimitOptions limits)
    {
        if (Encoding.UTF8.GetByteCount(metadata.Json) > limits.MaxMetadataBytes)
        {
            errors.Add(Field, $"It must have at most {limits.MaxMetadataBytes} bytes.");
            return false;
        }
        var json = Encoding.UTF8.GetBytes(metadata.Json);
        if (DepthOf(json) > MaxDepth)
        {
            errors.Add(Field, $"It must be nested at most {MaxDepth} deep.");
            return false;
        }
        if (Unicode.FirstUnsound(json) is not { } path)
            return true;
        errors.Add(path == "body" ? Field : $"{Field}.{path}", Unicode.Error);
        return false;
    }

    private static int DepthOf(ReadOnlySpan<byte> json)
    {
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 64 });
        var depth = 0;
        while (reader.Read())
            depth = Math.Max(
                depth,
                reader.TokenType is JsonTokenType.StartObject or JsonTokenType.StartArray ? reader.CurrentDepth + 1 : 0
            );
        return depth;
    }

    /// <summary>A number that only JSON can hold would be infinite in MessagePack, which no reader of ours takes.</summary>
    private static void Finite(Errors errors, MetadataJson metadata)
    {
        var reader = new Utf8JsonReader(Encoding.UTF8.GetBytes(metadata.Json), new JsonReaderOptions { MaxDepth = 64 });
        while (reader.Read())
        {
            if (reader.TokenType is JsonTokenType.Number && !(reader.TryGetDouble(out var number) && double.IsFinite(number)))
            {
                errors.Add(Field, "It must have no number that is beyond a double.");
                return;
            }
        }
    }

    private static string[]? IdList(Errors errors, JsonElement json, string name)
    {
        if (Value(errors, json, name, JsonValueKind.Array) is not { } list)
            return null;
        var ids = new List<string>();
        foreach (var item in list.EnumerateArray())
        {
            if (item.ValueKind == JsonValueKind.String && Ids.IsValid(item.GetString()))
                ids.Add(item.GetString()!);
            else
                errors.Add($"{Field}.{name}", $"Item {ids.Count} is not an id.");
        }
        return [.. ids];
    }

    private static string? MessageId(Errors errors, JsonElement json, string name)
    {
        if (Value(errors, json, name, JsonValueKind.String)?.GetString() is not { } id)
            return null;
        errors.Uuid($"{Field}.{name}", id);
        return id;
    }

    private static JsonElement? Value(Errors errors, JsonElement json, string name, JsonValueKind kind)
    {
        if (!json.TryGetProperty(name, out var value) || value.ValueKind == JsonValueKind.Null)
            return null;
        if (value.ValueKind == kind)
            return value;
        errors.Add($"{Field}.{name}", kind == JsonValueKind.Array ? "An array is expected." : "A string is expected.");
        return null;
    }
}
