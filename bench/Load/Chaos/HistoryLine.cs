using System.Text.Json.Serialization;

namespace Orleans.Chat.Load.Chaos;

/// <summary>One thing that a client did or saw, as <c>bench/Check</c> reads it. Only what belongs to its type is set.</summary>
internal sealed record HistoryLine
{
    /// <summary>Nanoseconds of the machine's monotonic clock.</summary>
    public long T { get; init; }

    public required string Type { get; init; }

    /// <summary>The device.</summary>
    public required string Client { get; init; }

    public string? ChatId { get; init; }
    public string? MessageId { get; init; }
    public string? UserId { get; init; }
    public string? SenderId { get; init; }
    public long? Seq { get; init; }
    public long? Revision { get; init; }

    /// <summary>Of the content.</summary>
    public string? Hash { get; init; }

    public string? Code { get; init; }

    /// <summary><c>message</c>, <c>edited</c>, <c>deleted</c>, <c>member</c> or <c>other</c>.</summary>
    public string? Kind { get; init; }

    /// <summary><c>push</c>, <c>changes</c>, <c>history</c> or <c>sync</c>.</summary>
    public string? Via { get; init; }

    public bool? Applied { get; init; }
    public string? ReadId { get; init; }
    public long? UpToSeq { get; init; }

    /// <summary><c>delivered</c> or <c>read</c>.</summary>
    public string? Which { get; init; }

    /// <summary><c>joined</c> or <c>left</c>.</summary>
    public string? Change { get; init; }

    public string? State { get; init; }
    public string? Name { get; init; }
    public bool? Deleted { get; init; }

    /// <summary>The server's own message, that nobody sent.</summary>
    public bool? System { get; init; }
}

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull
)]
[JsonSerializable(typeof(HistoryLine))]
internal sealed partial class HistoryJson : JsonSerializerContext;
