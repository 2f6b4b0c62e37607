using System.Text;
using System.Text.Json;

namespace Orleans.Chat.Gateway.Validation;

/* U+0000 and lone surrogates: no store keeps them, and a JSON text may hide them in escapes, in fields that nobody reads too. A text without
 * a backslash cannot, so the common case costs one vectorised search. */
internal static class Unicode
{
    public const string Error = "U+0000 and lone surrogates are not allowed.";

    public static bool IsSound(string text)
    {
        if (!text.Contains('\0', StringComparison.Ordinal) && !text.AsSpan().ContainsAnyInRange('\ud800', '\udfff'))
            return true;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '\0' || (char.IsSurrogate(text[i]) && !(i + 1 < text.Length && char.IsSurrogatePair(text[i], text[i + 1]))))
                return false;
            if (char.IsSurrogate(text[i]))
                i++;
        }
        return true;
    }

    /// <summary>The path of the first unsound text in well-formed JSON, as <c>a.b[0]</c>; null when all are sound.</summary>
    public static string? FirstUnsound(ReadOnlySpan<byte> json)
    {
        if (json.IndexOf("\\u"u8) < 0)
            return null;
        var reader = new Utf8JsonReader(json, new JsonReaderOptions { MaxDepth = 256, AllowMultipleValues = true });
        var path = new JsonPath();
        while (reader.Read())
        {
            path.Follow(ref reader);
            if (reader.TokenType is JsonTokenType.String or JsonTokenType.PropertyName && reader.ValueIsEscaped && !IsSound(ref reader))
                return path.ToString();
        }
        return null;
    }

    private static bool IsSound(ref Utf8JsonReader reader)
    {
        try
        {
            return !reader.GetString()!.Contains('\0', StringComparison.Ordinal);
        }
        catch (InvalidOperationException)
        {
            return false;
        }
    }

    private sealed class JsonPath
    {
        private readonly List<(string? Name, int Index)> _steps = [];

        public void Follow(ref Utf8JsonReader reader)
        {
            if (reader.TokenType is JsonTokenType.EndArray or JsonTokenType.EndObject)
            {
                _steps.RemoveAt(_steps.Count - 1);
                return;
            }
            if (reader.TokenType == JsonTokenType.PropertyName)
            {
                _steps[^1] = (reader.ValueIsEscaped ? "?" : Encoding.UTF8.GetString(reader.ValueSpan), 0);
                return;
            }
            if (_steps is [.., (null, var index)])
                _steps[^1] = (null, index + 1);
            if (reader.TokenType == JsonTokenType.StartArray)
                _steps.Add((null, -1));
            else if (reader.TokenType == JsonTokenType.StartObject)
                _steps.Add(("", 0));
        }

        public override string ToString()
        {
            var text = new StringBuilder();
            foreach (var (name, index) in _steps)
            {
                if (name is null)
                    text.Append('[').Append(index).Append(']');
                else
                    text.Append(text.Length == 0 ? "" : ".").Append(name);
            }
            return text.Length == 0 ? "body" : text.ToString();
        }
    }
}
