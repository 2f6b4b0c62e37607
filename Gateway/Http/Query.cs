using System.Globalization;
using Orleans.Chat.Gateway.Validation;

namespace Orleans.Chat.Gateway.Http;

/// <summary>The query's values: each at most once, each of its type; what is wrong is kept for the request's check.</summary>
internal sealed class Query(HttpContext http)
{
    public Errors Errors { get; } = new();

    /// <summary>An empty value is an absent one, but for a text that may be empty.</summary>
    public string? Text(string name)
    {
        var values = http.Request.Query[name];
        if (values.Count > 1)
            Errors.Add(name, "It was given more than once.");
        return values.Count == 0 ? null : values[0];
    }

    public string? Value(string name) => Text(name) is { Length: > 0 } value ? value : null;

    public int? Int(string name) => (int?)Number(name, int.MinValue, int.MaxValue);

    public long? Long(string name) => Number(name, long.MinValue, long.MaxValue);

    private long? Number(string name, long min, long max)
    {
        if (Text(name) is not { } text)
            return null;
        if (
            long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            && number >= min
            && number <= max
        )
            return number;
        Errors.Add(name, "A whole number is expected.");
        return null;
    }
}
