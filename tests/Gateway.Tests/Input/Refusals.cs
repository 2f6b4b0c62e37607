using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>What is wrong with a refusal; null when it is as protocol.md says.</summary>
public static class Refusals
{
    private static readonly Dictionary<string, int> Statuses = new(StringComparer.Ordinal)
    {
        ["validation_failed"] = 400,
        ["unauthenticated"] = 401,
        ["forbidden"] = 403,
        ["not_found"] = 404,
        ["method_not_allowed"] = 405,
        ["conflict"] = 409,
        ["message_id_conflict"] = 409,
        ["history_rewound"] = 409,
        ["too_large"] = 413,
        ["unsupported_media_type"] = 415,
    };

    /// <param name="problem">The body, or what a hub's exception says.</param>
    /// <param name="code">What is expected.</param>
    /// <param name="blamed">For a validation: the only field that is to be told of, with what is in it; null is any.</param>
    public static string? WrongWith(JsonElement problem, string code, string? blamed)
    {
        if (problem.ValueKind != JsonValueKind.Object || !problem.TryGetProperty("code", out var told))
            return $"no problem object: {problem}";
        if (told.GetString() != code)
            return $"{told} and not {code}: {problem}";
        if (problem.GetProperty("status").GetInt32() != Statuses[code])
            return $"a status that is not the code's: {problem}";
        foreach (var text in new[] { "type", "title" })
        {
            if (!problem.TryGetProperty(text, out var value) || value.GetString() is not { Length: > 0 })
                return $"no {text}: {problem}";
        }
        if (
            problem.ToString() is var all
            && (all.Contains("Orleans.Chat.", StringComparison.Ordinal) || all.Contains("   at ", StringComparison.Ordinal))
        )
            return $"the server's insides: {problem}";
        return code == "validation_failed" ? WrongWithErrors(problem, blamed) : null;
    }

    /// <summary>The fields that are told of.</summary>
    public static string[] Fields(JsonElement problem) =>
        problem.TryGetProperty("errors", out var errors) ? [.. errors.EnumerateObject().Select(e => e.Name)] : [];

    private static string? WrongWithErrors(JsonElement problem, string? blamed)
    {
        if (!problem.TryGetProperty("errors", out var errors) || !errors.EnumerateObject().Any())
            return $"no errors: {problem}";
        foreach (var error in errors.EnumerateObject())
        {
            if (blamed is not null && !Within(error.Name, blamed))
                return $"{error.Name} is blamed and not {blamed}: {problem}";
            if (error.Value.ValueKind != JsonValueKind.Array || error.Value.GetArrayLength() == 0)
                return $"nothing is told of {error.Name}: {problem}";
        }
        return null;
    }

    private static bool Within(string name, string field) =>
        name == field || (name.StartsWith(field, StringComparison.Ordinal) && name[field.Length] is '.' or '[');
}
