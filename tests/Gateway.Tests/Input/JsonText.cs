using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>Changes JSON as text, so that what no serialiser would write can be put into it.</summary>
public static class JsonText
{
    /// <summary>The object with the value at the dotted path put in, or taken away where <paramref name="raw"/> is null.</summary>
    public static string With(string json, string path, string? raw)
    {
        using var document = JsonDocument.Parse(json);
        return With(document.RootElement, path.Split('.'), raw);
    }

    private static string With(JsonElement json, ReadOnlySpan<string> path, string? raw)
    {
        var members = new List<string>();
        var name = path[0];
        var found = false;
        foreach (var member in json.EnumerateObject())
        {
            if (!member.NameEquals(name))
            {
                members.Add($"{JsonSerializer.Serialize(member.Name)}:{member.Value.GetRawText()}");
                continue;
            }
            found = true;
            if ((path.Length > 1 ? With(member.Value, path[1..], raw) : raw) is { } value)
                members.Add($"\"{name}\":{value}");
        }
        if (!found && raw is not null)
            members.Add($"\"{name}\":{Nested(path[1..], raw)}");
        return $"{{{string.Join(',', members)}}}";
    }

    private static string Nested(ReadOnlySpan<string> path, string raw) =>
        path.IsEmpty ? raw : $"{{\"{path[0]}\":{Nested(path[1..], raw)}}}";
}
