using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>A value that a field must not have; <paramref name="Raw"/> is JSON text in a body, null takes the field away.</summary>
public sealed record BadValue(Field Field, string Case, string? Raw, string Code = "validation_failed")
{
    public override string ToString() => $"{Field.Name} {Case}";
}

/// <summary>From what a field is to what it must not be.</summary>
public static class BadValues
{
    private const string Nul = "\\u0000";
    private static readonly string Deep = string.Concat(Enumerable.Repeat("[", 40)) + string.Concat(Enumerable.Repeat("]", 40));
    private static readonly string[] NoIds =
    [
        "",
        "a b",
        "a/b",
        "a%2Fb",
        "..",
        ".a",
        "-a",
        "_a",
        "a\\u0000",
        "\\ud800",
        "\\u202ea",
        "😀",
        "é",
        "a\\n",
        new('a', 37),
    ];
    private static readonly Dictionary<FieldKind, string> OwnType = new()
    {
        [FieldKind.Int] = "5",
        [FieldKind.Bool] = "true",
        [FieldKind.Ids] = "[]",
        [FieldKind.Metadata] = "{}",
        [FieldKind.Object] = "{}",
    };

    public static IEnumerable<BadValue> InBody(Field field)
    {
        if (field.Kind == FieldKind.Ignored)
            yield break;
        if (field.Required)
        {
            yield return new BadValue(field, "missing", null);
            yield return new BadValue(field, "null", "null");
        }
        foreach (var bad in WrongTypes(field).Concat(OutOfRules(field)))
            yield return bad;
    }

    /// <summary>A JSON value of each type but the field's own.</summary>
    public static IEnumerable<BadValue> WrongTypes(Field field)
    {
        var own = OwnType.GetValueOrDefault(field.Kind, "\"x\"");
        foreach (var other in new[] { "5", "1e400", "-9223372036854775809", "true", "[]", "[5]", "{}", "\"x\"" })
        {
            if (field.Kind != FieldKind.Ignored && other[0] != own[0] && !(field.Kind == FieldKind.Int && other[0] is '1' or '-'))
                yield return new BadValue(field, "is " + other, other);
        }
    }

    /// <summary>Of the right type and yet wrong.</summary>
    public static IEnumerable<BadValue> OutOfRules(Field field) =>
        field.Kind switch
        {
            FieldKind.Id => NoIds.Select(t => Text(field, t)),
            FieldKind.Uuid => NoIds
                .Append("0190b2a0-0000-7000-8000-00000000000")
                .Append("{190b2a0-0000-7000-8000-00000000000}")
                .Select(t => Text(field, t)),
            FieldKind.Text or FieldKind.Cursor => Texts(field),
            FieldKind.Enum => new[] { "", "nonsense", " text", "TEXT", "text\\u0000", "\\udc00" }.Select(t => Text(field, t)),
            FieldKind.Int => Numbers(field),
            FieldKind.Time => new[]
            {
                "",
                "yesterday",
                "2024-13-01T00:00:00Z",
                "2024-03-20",
                "2024-03-20T10:00:00",
                "2024-03-20T10:00Z",
                "\\ud800",
            }.Select(t => Text(field, t)),
            FieldKind.Ids => Lists(field),
            FieldKind.Metadata => Metadata(field),
            _ => [],
        };

    public static IEnumerable<BadValue> InQuery(Field field)
    {
        string[] values = field.Kind switch
        {
            FieldKind.Uuid or FieldKind.Id => ["x%20y", "..", "%00", "a%2Fb", "%F0%9F%98%80", "%E2%80%AEa", "%FF", new('a', 37), "-a"],
            FieldKind.Int =>
            [
                (field.Min - 1).ToString(System.Globalization.CultureInfo.InvariantCulture),
                "-1",
                .. field.Max < 1_000_000 ? new[] { "1000000" } : [],
                "x",
                "",
                "1e3",
                "1.5",
                "%00",
                "9223372036854775808",
                "١",
            ],
            FieldKind.Enum => ["nonsense", "TEXT", "%00"],
            FieldKind.Text => ["%00", new('x', (int)field.Max + 1)],
            FieldKind.Cursor => ["%00", "x", "-", "%F0%9F%98%80", new('x', 4_097)],
            _ => throw new NotSupportedException(field.Name),
        };
        if (field.Required)
            yield return new BadValue(field, "missing", null);
        foreach (var value in values)
            yield return new BadValue(field, value.Length > 50 ? "too long" : $"is '{value}'", value);
    }

    private static BadValue Text(Field field, string escaped) =>
        new(field, escaped.Length > 36 ? "of 37 characters" : $"is \"{escaped}\"", $"\"{escaped}\"");

    private static IEnumerable<BadValue> Texts(Field field)
    {
        if (field.Min > 0)
            yield return new BadValue(field, "empty", "\"\"");
        if (field.Min > 1)
            yield return new BadValue(field, "too short", JsonSerializer.Serialize(new string('x', (int)field.Min - 1)));
        yield return new BadValue(field, "too long", JsonSerializer.Serialize(new string('x', (int)field.Max + 1)), field.OverCode);
        yield return new BadValue(field, "with NUL", $"\"abcdefgh{Nul}\"");
        yield return new BadValue(field, "a lone high surrogate", "\"abcdefgh\\ud83d\"");
        yield return new BadValue(field, "surrogates the wrong way round", "\"abcdefgh\\udc00\\ud800\"");
        if (field.Kind == FieldKind.Cursor)
            yield return new BadValue(field, "nonsense", "\"nonsense\"");
    }

    private static IEnumerable<BadValue> Numbers(Field field)
    {
        if (field.Min > long.MinValue)
            yield return new BadValue(field, "too small", (field.Min - 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        if (field.Max < long.MaxValue)
            yield return new BadValue(field, "too large", (field.Max + 1).ToString(System.Globalization.CultureInfo.InvariantCulture));
        foreach (var number in new[] { "1e400", "9223372036854775808", "-9223372036854775809", "1.5", "\"5\"" })
            yield return new BadValue(field, "is " + number, number);
    }

    private static IEnumerable<BadValue> Lists(Field field)
    {
        foreach (var item in new[] { "5", "null", "[]", "{}", "true", "\"a b\"", "\"\"", "\"a\\u0000\"", "\"\\ud800\"" })
            yield return new BadValue(field, $"has {item}", $"[{item}]");
        if (field.Max > 0)
            yield return new BadValue(
                field,
                "too long",
                "[" + string.Join(',', Enumerable.Range(0, (int)field.Max + 1).Select(i => $"\"u{i}\"")) + "]"
            );
    }

    private static IEnumerable<BadValue> Metadata(Field field)
    {
        yield return new BadValue(field, "over 8 KB", $$"""{"a":"{{new string('x', 8_192)}}"}""");
        yield return new BadValue(field, "with NUL in it", "{\"a\":{\"b\":[\"" + Nul + "\"]}}");
        yield return new BadValue(field, "with NUL in a name", $$"""{"{{Nul}}":1}""");
        yield return new BadValue(field, "with a lone surrogate", """{"a":"\udfff"}""");
        yield return new BadValue(field, "too deep", $$"""{"a":{{Deep}}}""");
    }
}
