using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using CsCheck;

namespace Orleans.Chat.Protocol.Tests;

/* Random values of the protocol's types, made from what the types say of themselves: a property that is added is generated, and compared, without a line here.
 * Texts have all that a text may have, metadata all that JSON may be. */
internal static class AnyValue
{
    private static readonly long[] Milliseconds =
    [
        DateTimeOffset.MinValue.ToUnixTimeMilliseconds(),
        DateTimeOffset.MaxValue.ToUnixTimeMilliseconds(),
    ];

    private static readonly Gen<string> Letter = Gen.Frequency(
        (8, Gen.Char[' ', '~'].Select(c => c.ToString())),
        (
            2,
            Gen.OneOf(
                "\"",
                "\\",
                "/",
                "<",
                "&",
                "'",
                "\u007f",
                "\u0085",
                "\u2028",
                "\u2029",
                "\ufeff",
                "\ufffe",
                "\uffff",
                "\u202e",
                "e\u0301"
            )
        ),
        (1, Gen.Char['\0', '\u001f'].Select(c => c.ToString())),
        (2, Gen.Int[0x80, 0xD7FF].Select(char.ConvertFromUtf32)),
        (2, Gen.Int[0x10000, 0x10FFFF].Select(char.ConvertFromUtf32)),
        (1, Gen.OneOf("👨‍👩‍👧‍👦", "🏳️‍🌈", "👍🏽", "שלום"))
    );

    public static readonly Gen<string> Text = Letter.Array[0, 12].Select(string.Concat);

    private static readonly Gen<Dictionary<string, string[]>> ByKey = Gen.Select(Text, Text.Array[0, 2])
        .Array[0, 3]
        .Select(members => members.DistinctBy(m => m.Item1).ToDictionary(m => m.Item1, m => m.Item2, StringComparer.Ordinal));

    // Also those that no double holds, and those that are the same number in another way.
    private static readonly Gen<string> Number = Gen.OneOf(
        Gen.Long.Select(n => JsonSerializer.Serialize(n)),
        Gen.ULong.Select(n => JsonSerializer.Serialize(n)),
        Gen.Double.Where(double.IsFinite).Select(n => JsonSerializer.Serialize(n)),
        Gen.OneOf("0", "-0", "1.0", "1E+2", "1e999", "-1e999", "1e-999", "123456789012345678901234567890", "0.1234567890123456789")
    );

    private static readonly Gen<string> Quoted = Gen.Select(Text, Gen.Bool, (text, escaped) => Quote(text, escaped));

    public static readonly Gen<string> JsonObject = ObjectOf(JsonValue(3));

    /// <summary>The types that cross the wire, and the union of all events.</summary>
    public static IEnumerable<Type> Types =>
        typeof(ProtocolJson)
            .Assembly.GetExportedTypes()
            .Where(t => t is { IsClass: true, IsAbstract: false, IsGenericType: false } && t.GetMethod("<Clone>$") is not null)
            .Where(t => !typeof(ChatEvent).IsAssignableFrom(t) && t != typeof(MetadataJson))
            .Append(typeof(ChatEvent));

    public static Gen<object?> Of(Type type)
    {
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return MaybeNull(Of(underlying));
        if (type == typeof(ChatEvent))
            return Gen.OneOf([.. type.GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => Record(a.DerivedType))]);
        if (type == typeof(IReadOnlyDictionary<string, string[]>))
            return ByKey.Select(object? (members) => members);
        if (
            (
                type.IsArray ? type.GetElementType()
                : type.IsGenericType ? type.GetGenericArguments()[0]
                : null
            ) is
            { } item
        )
            return Of(item).Array[0, 3].Select(object? (items) => ArrayOf(item, items));
        return type switch
        {
            _ when type == typeof(string) => Text.Select(object? (t) => t),
            _ when type == typeof(int) => Gen.Int.Select(object? (n) => n),
            _ when type == typeof(long) => Gen.Long.Select(object? (n) => n),
            _ when type == typeof(bool) => Gen.Bool.Select(object? (b) => b),
            _ when type == typeof(DateTimeOffset) => Gen.Long[Milliseconds[0], Milliseconds[1]]
                .Select(object? (ms) => DateTimeOffset.FromUnixTimeMilliseconds(ms)),
            _ when type == typeof(MetadataJson) => JsonObject.Select(object? (json) => new MetadataJson(json)),
            _ => Record(type),
        };
    }

    /// <summary>What of a record is on the wire.</summary>
    public static PropertyInfo[] Properties(Type record) =>
        [.. record.GetProperties().Where(p => p.CanWrite && p.GetCustomAttribute<JsonIgnoreAttribute>() is null)];

    public static Gen<string> JsonValue(int depth)
    {
        var scalar = Gen.Frequency((1, Gen.OneOf("null", "true", "false")), (2, Number), (3, Quoted));
        if (depth == 0)
            return scalar;
        var inner = JsonValue(depth - 1);
        return Gen.Frequency((3, scalar), (1, inner.Array[0, 3].Select(items => $"[{string.Join(',', items)}]")), (1, ObjectOf(inner)));
    }

    private static Gen<string> ObjectOf(Gen<string> value) =>
        Gen.Select(Text, Gen.Bool, value)
            .Array[0, 4]
            .Select(members =>
                $"{{{string.Join(", ", members.DistinctBy(m => m.Item1).Select(m => $"{Quote(m.Item1, m.Item2)}:{m.Item3}"))}}}"
            );

    private static string Quote(string text, bool escaped) =>
        $"\"{(escaped ? JavaScriptEncoder.Default : JavaScriptEncoder.UnsafeRelaxedJsonEscaping).Encode(text)}\"";

    private static Gen<object?> Record(Type type)
    {
        var nullability = new NullabilityInfoContext();
        var properties = Properties(type);
        var values = Gen.Const(Array.Empty<object?>());
        foreach (var property in properties)
        {
            var value = Of(property.PropertyType);
            if (!property.PropertyType.IsValueType && nullability.Create(property).WriteState == NullabilityState.Nullable)
                value = MaybeNull(value);
            values = Gen.Select(values, value, (before, next) => before.Append(next).ToArray());
        }
        return values.Select(object? (given) => Make(type, properties, given));
    }

    private static object Make(Type type, PropertyInfo[] properties, object?[] values)
    {
        var made = RuntimeHelpers.GetUninitializedObject(type);
        foreach (var (property, value) in properties.Zip(values))
            property.SetValue(made, value);
        return made;
    }

    private static Gen<object?> MaybeNull(Gen<object?> value) => Gen.Frequency((1, Gen.Const((object?)null)), (3, value));

    private static Array ArrayOf(Type item, object?[] items)
    {
        var array = Array.CreateInstance(item, items.Length);
        items.CopyTo(array, 0);
        return array;
    }
}
