using System.Text.Json.Serialization;

namespace Orleans.Chat.Protocol;

/// <summary>A refusal as every call answers it: RFC 9457 problem details with a stable <see cref="Code"/>.</summary>
[GenerateSerializer, Immutable, Alias("problem")]
public sealed record Problem
{
    /// <summary>One of <see cref="ProblemCodes"/>; stable, for programs.</summary>
    [Id(0)]
    public required string Code { get; init; }

    /// <summary>What went wrong, for people.</summary>
    [Id(1)]
    public string? Detail { get; init; }

    /// <summary>For <c>validation_failed</c>: what is wrong with each field, by its wire name.</summary>
    [Id(2)]
    public IReadOnlyDictionary<string, string[]>? Errors { get; init; }

    /// <summary>When to try again, in milliseconds.</summary>
    [Id(3)]
    public long? RetryAfterMs { get; init; }

    /// <summary>For <c>internal</c>: the trace to look for in the server's logs.</summary>
    [Id(4)]
    public string? TraceId { get; init; }

    /// <summary>
    /// The call had no effect here, or an unknown one, and repeating it with the same ids is right: another activation
    /// owns the chat now. Never on the wire.
    /// </summary>
    [Id(5), JsonIgnore]
    public bool Retry { get; init; }

    /// <summary>The HTTP status of <see cref="Code"/>.</summary>
    public int Status => ProblemCodes.StatusOf(Code);

    /// <summary>The short title of <see cref="Code"/>.</summary>
    public string Title => ProblemCodes.TitleOf(Code);

    /// <summary>The problem type, a URN made from <see cref="Code"/>.</summary>
    public string Type => "urn:orleans-chat:problem:" + Code;

    /// <summary>A problem with nothing but its code and a sentence.</summary>
    public static Problem Of(string code, string? detail = null) => new() { Code = code, Detail = detail };

    /// <summary>What a stranger gets for everything that it may not see.</summary>
    public static Problem NotFound { get; } = Of(ProblemCodes.NotFound, "There is no such thing, or you may not see it.");

    /// <summary>What a member gets that lacks a right.</summary>
    public static Problem Forbidden(string detail) => Of(ProblemCodes.Forbidden, detail);

    /// <summary>One field that is wrong.</summary>
    public static Problem Invalid(string field, string error) =>
        new()
        {
            Code = ProblemCodes.ValidationFailed,
            Detail = "The request has fields that are not valid.",
            Errors = new Dictionary<string, string[]>(StringComparer.Ordinal) { [field] = [error] },
        };

    /// <summary>Nothing is known to have happened; repeat with the same ids.</summary>
    public static Problem Repeat(string detail) =>
        new()
        {
            Code = ProblemCodes.Unavailable,
            Detail = detail,
            RetryAfterMs = 200,
            Retry = true,
        };
}

/// <summary>Every error code of the protocol. Codes are never reused for something else.</summary>
public static class ProblemCodes
{
#pragma warning disable CS1591 // The names are the documentation; protocol.md tells each.
    public const string ValidationFailed = "validation_failed";
    public const string Unauthenticated = "unauthenticated";
    public const string Forbidden = "forbidden";
    public const string NotFound = "not_found";
    public const string MethodNotAllowed = "method_not_allowed";
    public const string Conflict = "conflict";
    public const string MessageIdConflict = "message_id_conflict";
    public const string HistoryRewound = "history_rewound";
    public const string TooLarge = "too_large";
    public const string UnsupportedMediaType = "unsupported_media_type";
    public const string RateLimited = "rate_limited";
    public const string Internal = "internal";
    public const string Overloaded = "overloaded";
    public const string Unavailable = "unavailable";
#pragma warning restore CS1591

    /// <summary>The HTTP status that belongs to a code; 500 for one that is not known.</summary>
    public static int StatusOf(string code) =>
        code switch
        {
            ValidationFailed => 400,
            Unauthenticated => 401,
            Forbidden => 403,
            NotFound => 404,
            MethodNotAllowed => 405,
            Conflict or MessageIdConflict or HistoryRewound => 409,
            TooLarge => 413,
            UnsupportedMediaType => 415,
            RateLimited => 429,
            Overloaded or Unavailable => 503,
            _ => 500,
        };

    /// <summary>The title of a code, for people.</summary>
    public static string TitleOf(string code) =>
        code switch
        {
            ValidationFailed => "The request is not valid",
            Unauthenticated => "Sign in first",
            Forbidden => "Not allowed",
            NotFound => "Not found",
            MethodNotAllowed => "Method not allowed",
            Conflict => "It is taken",
            MessageIdConflict => "The message id was used for another message",
            HistoryRewound => "The history was rewound",
            TooLarge => "Too large",
            UnsupportedMediaType => "Unsupported media type",
            RateLimited => "Too many requests",
            Overloaded => "Overloaded",
            Unavailable => "Unavailable",
            _ => "Internal error",
        };
}

/// <summary>
/// The answer of a call that may be refused: a value or a problem. Refusals cross grains as values; exceptions are for faults.
/// </summary>
/// <typeparam name="T">What a call that is not refused gives.</typeparam>
[GenerateSerializer, Immutable, Alias("outcome`1")]
public readonly record struct Outcome<T>
{
    /// <summary>The value; default when refused.</summary>
    [Id(0)]
    public T? Value { get; init; }

    /// <summary>Why it was refused; null when it was not.</summary>
    [Id(1)]
    public Problem? Problem { get; init; }

    /// <summary>Whether there is a value.</summary>
    public bool Ok => Problem is null;

#pragma warning disable CS1591, CA2225
    public static implicit operator Outcome<T>(T value) => new() { Value = value };

    public static implicit operator Outcome<T>(Problem problem) => new() { Problem = problem };
#pragma warning restore CS1591, CA2225
}

/// <summary>The value of a call that has nothing to say.</summary>
[GenerateSerializer, Immutable, Alias("done")]
public readonly record struct Done;
