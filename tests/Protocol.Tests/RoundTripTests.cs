using System.Collections;
using System.Globalization;
using System.Text.Json;
using CsCheck;
using MessagePack;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Protocol.Tests;

/// <summary>Every type of the protocol, with anything in it, comes back as it went; and what is no value of a type is refused in one way.</summary>
public sealed class RoundTripTests
{
    private const int Values = 400;

    public static TheoryData<string> Names => [.. AnyValue.Types.Select(t => t.Name)];

    [Theory, MemberData(nameof(Names))]
    public void Any_value_comes_back_from_JSON_as_it_went(string name)
    {
        var type = Named(name);
        AnyValue
            .Of(type)
            .Sample(
                value =>
                {
                    var json = JsonSerializer.SerializeToUtf8Bytes(value, type, ProtocolJson.Options);
                    Differences(value, JsonSerializer.Deserialize(json, type, ProtocolJson.Options), name, asWritten: true).ShouldBeEmpty();
                },
                iter: Values
            );
    }

    [Theory, MemberData(nameof(Names))]
    public void Any_value_comes_back_from_MessagePack_as_it_went(string name)
    {
        var type = Named(name);
        AnyValue
            .Of(type)
            .Sample(
                value =>
                {
                    var bytes = MessagePackSerializer.Serialize(type, value, ProtocolMessagePack.Options, CancellationToken.None);
                    var back = MessagePackSerializer.Deserialize(type, bytes, ProtocolMessagePack.Options, CancellationToken.None);
                    Differences(value, back, name, asWritten: false).ShouldBeEmpty();
                },
                iter: Values
            );
    }

    [Theory, MemberData(nameof(Names))]
    public void JSON_that_is_no_value_of_a_type_is_refused_and_nothing_else_happens(string name)
    {
        var type = Named(name);
        Spoilt(type)
            .Sample(
                json =>
                {
                    try
                    {
                        JsonSerializer.Deserialize(json, type, ProtocolJson.Options);
                    }
                    catch (Exception refusal) when (refusal is JsonException || IsUntyped(refusal, type))
                    {
                        // Refused, as the contract does it.
                    }
                },
                iter: Values
            );
    }

    [Theory, MemberData(nameof(Names))]
    public void MessagePack_that_is_no_value_of_a_type_is_refused_and_nothing_else_happens(string name)
    {
        var type = Named(name);
        SpoiltPack(type)
            .Sample(
                bytes =>
                {
                    try
                    {
                        MessagePackSerializer.Deserialize(type, bytes, ProtocolMessagePack.Options, CancellationToken.None);
                    }
                    catch (MessagePackSerializationException)
                    {
                        // Refused, as the contract does it.
                    }
                },
                iter: Values
            );
    }

    // Events are the server's, which always says their type, and the SDK looks for it before it reads one.
    private static bool IsUntyped(Exception refusal, Type type) =>
        refusal is NotSupportedException && (type == typeof(ChatEvent) || type == typeof(ChangesPage));

    private static Type Named(string name) => AnyValue.Types.Single(t => t.Name == name);

    /// <summary>Right names with any values, and right texts with wrong bytes.</summary>
    private static Gen<byte[]> Spoilt(Type type)
    {
        string[] names = ["type", .. AnyValue.Properties(type).Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))];
        var member = Gen.Select(Gen.OneOf(names), AnyValue.JsonValue(2), (key, value) => $"\"{key}\":{value}");
        var wrong = member.Array[0, 6].Select(members => System.Text.Encoding.UTF8.GetBytes($"{{{string.Join(',', members)}}}"));
        var right = AnyValue.Of(type).Select(value => JsonSerializer.SerializeToUtf8Bytes(value, type, ProtocolJson.Options));
        return Gen.OneOf(wrong, Bitten(wrong), Bitten(right));
    }

    private static Gen<byte[]> SpoiltPack(Type type)
    {
        var right = AnyValue
            .Of(type)
            .Select(value => MessagePackSerializer.Serialize(type, value, ProtocolMessagePack.Options, CancellationToken.None));
        return Gen.OneOf(Bitten(right), Gen.Byte.Array[0, 60]);
    }

    /// <summary>Some bytes are others, or the end is missing.</summary>
    private static Gen<byte[]> Bitten(Gen<byte[]> whole) =>
        Gen.Select(whole, Gen.Select(Gen.Int[0, 9_999], Gen.Byte).Array[1, 3], Gen.Int[0, 9]).Select(BittenAt);

    private static byte[] BittenAt(byte[] whole, (int At, byte Byte)[] bites, int kept)
    {
        byte[] bytes = [.. whole];
        foreach (var (at, value) in bites)
        {
            if (bytes.Length > 0)
                bytes[at % bytes.Length] = value;
        }
        return kept == 0 && bytes.Length > 0 ? bytes[..(bites[0].At % bytes.Length)] : bytes;
    }

    /// <param name="asWritten">Whether metadata must be the same text, or the same JSON.</param>
    private static IEnumerable<string> Differences(object? went, object? came, string path, bool asWritten)
    {
        if (went is null || came is null || went.GetType() != came.GetType() && went is not IEnumerable)
            return ReferenceEquals(went, came) ? [] : [$"{path}: {went ?? "null"} and {came ?? "null"}"];
        switch (went)
        {
            case string or int or long or bool or DateTimeOffset:
                return went.Equals(came) ? [] : [$"{path}: {went} and {came}"];
            case MetadataJson metadata:
                var other = ((MetadataJson)came).Json;
                var same = asWritten ? metadata.Json == other : SameJson(metadata.Json, other);
                return same ? [] : [$"{path}: {metadata.Json} and {other}"];
            case IReadOnlyDictionary<string, string[]> byKey:
                return Differences(Flat(byKey), Flat((IReadOnlyDictionary<string, string[]>)came), path, asWritten);
            case IEnumerable items:
                object?[] left = [.. items];
                object?[] right = [.. (IEnumerable)came];
                return left.Length != right.Length
                    ? [$"{path}: {left.Length} items and {right.Length}"]
                    : left.Zip(right).SelectMany((pair, i) => Differences(pair.First, pair.Second, $"{path}[{i}]", asWritten));
            default:
                return AnyValue
                    .Properties(went.GetType())
                    .SelectMany(p => Differences(p.GetValue(went), p.GetValue(came), $"{path}.{p.Name}", asWritten));
        }
    }

    private static string[] Flat(IReadOnlyDictionary<string, string[]> byKey) =>
        [.. byKey.OrderBy(p => p.Key, StringComparer.Ordinal).SelectMany(p => p.Value.Prepend(p.Key))];

    private static bool SameJson(string one, string other)
    {
        using var left = JsonDocument.Parse(one);
        using var right = JsonDocument.Parse(other);
        return Same(left.RootElement, right.RootElement);
    }

    private static bool Same(JsonElement one, JsonElement other)
    {
        if (one.ValueKind != other.ValueKind)
            return false;
        return one.ValueKind switch
        {
            JsonValueKind.Object => one.EnumerateObject().Count() == other.EnumerateObject().Count()
                && one.EnumerateObject().All(m => other.TryGetProperty(m.Name, out var value) && Same(m.Value, value)),
            JsonValueKind.Array => one.GetArrayLength() == other.GetArrayLength()
                && one.EnumerateArray().Zip(other.EnumerateArray()).All(pair => Same(pair.First, pair.Second)),
            JsonValueKind.String => one.GetString() == other.GetString(),
            JsonValueKind.Number => SameNumber(one.GetRawText(), other.GetRawText()),
            _ => true,
        };
    }

    /// <summary>Whole numbers of 64 bits are kept as they are; others as a double has them, and those beyond any double as its greatest.</summary>
    private static bool SameNumber(string one, string other) =>
        long.TryParse(one, CultureInfo.InvariantCulture, out var whole)
            ? long.TryParse(other, CultureInfo.InvariantCulture, out var same) && whole == same
            : one == other || Finite(one).Equals(Finite(other));

    private static double Finite(string number) =>
        Math.Clamp(double.Parse(number, CultureInfo.InvariantCulture), double.MinValue, double.MaxValue);
}
