using System.Buffers;
using System.Collections;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/* Writes a value as MessagePack by what System.Text.Json knows of its type: names, order, what is left out when it is null, the discriminator of a
 * union. So the JSON contract stays the only one, and no JSON is made on the way. A type whose JSON is a converter's own is written by way of its JSON. */
internal abstract class ValueWriter<T>
{
    private static readonly Lazy<ValueWriter<T>> Instance = new(Make);

    public static ValueWriter<T> Default => Instance.Value;

    public abstract void Write(ref MessagePackWriter writer, T value);

    private static ValueWriter<T> Make()
    {
        var type = typeof(T);
        if (ScalarWriters.Find<T>() is { } scalar)
            return scalar;
        if (Nullable.GetUnderlyingType(type) is { } underlying)
            return Create(typeof(NullableWriter<>), underlying);
        var contract = ProtocolJson.Options.GetTypeInfo(type);
        if (contract.PolymorphismOptions is not null)
            return new UnionWriter<T>(contract);
        return contract.Kind switch
        {
            JsonTypeInfoKind.Object when contract.Properties.All(p => p.CustomConverter is null && p.AttributeProvider is PropertyInfo) =>
                new ObjectWriter<T>(contract, null),
            JsonTypeInfoKind.Enumerable when contract.ElementType is { } element => Create(typeof(ListWriter<,>), type, element),
            _ => new JsonWriter<T>(),
        };
    }

    private static ValueWriter<T> Create(Type definition, params Type[] arguments) =>
        (ValueWriter<T>)Activator.CreateInstance(definition.MakeGenericType(arguments))!;
}

internal static class ScalarWriters
{
    public static ValueWriter<T>? Find<T>() =>
        (
            typeof(T) == typeof(string) ? new StringWriter()
            : typeof(T) == typeof(bool) ? new BooleanWriter()
            : typeof(T) == typeof(int) ? new Int32Writer()
            : typeof(T) == typeof(long) ? new Int64Writer()
            : typeof(T) == typeof(DateTimeOffset) ? new TimeWriter()
            : typeof(T) == typeof(MetadataJson) ? new MetadataWriter()
            : (object?)null
        ) as ValueWriter<T>;

    private sealed class StringWriter : ValueWriter<string>
    {
        public override void Write(ref MessagePackWriter writer, string value) => writer.Write(value);
    }

    private sealed class BooleanWriter : ValueWriter<bool>
    {
        public override void Write(ref MessagePackWriter writer, bool value) => writer.Write(value);
    }

    private sealed class Int32Writer : ValueWriter<int>
    {
        public override void Write(ref MessagePackWriter writer, int value) => writer.Write(value);
    }

    private sealed class Int64Writer : ValueWriter<long>
    {
        public override void Write(ref MessagePackWriter writer, long value) => writer.Write(value);
    }

    private sealed class TimeWriter : ValueWriter<DateTimeOffset>
    {
        public override void Write(ref MessagePackWriter writer, DateTimeOffset value)
        {
            writer.WriteStringHeader(ProtocolJson.TimeLength);
            ProtocolJson.FormatTime(value, writer.GetSpan(ProtocolJson.TimeLength));
            writer.Advance(ProtocolJson.TimeLength);
        }
    }

    /// <summary>What clients keep beside a message: JSON as text, and here a plain map.</summary>
    private sealed class MetadataWriter : ValueWriter<MetadataJson>
    {
        public override void Write(ref MessagePackWriter writer, MetadataJson value) =>
            JsonToMessagePack.Write(ref writer, Encoding.UTF8.GetBytes(value.Json));
    }
}

internal sealed class NullableWriter<T> : ValueWriter<T?>
    where T : struct
{
    private readonly ValueWriter<T> _inner = ValueWriter<T>.Default;

    public override void Write(ref MessagePackWriter writer, T? value)
    {
        if (value is { } some)
            _inner.Write(ref writer, some);
        else
            writer.WriteNil();
    }
}

internal sealed class ListWriter<TList, T> : ValueWriter<TList>
    where TList : IEnumerable<T>
{
    private readonly ValueWriter<T> _items = ValueWriter<T>.Default;

    public override void Write(ref MessagePackWriter writer, TList value)
    {
        writer.WriteArrayHeader(value is ICollection counted ? counted.Count : value.Count());
        foreach (var item in value)
        {
            if (item is null)
                writer.WriteNil();
            else
                _items.Write(ref writer, item);
        }
    }
}

/// <summary>By way of JSON: for types that have no contract of properties.</summary>
internal sealed class JsonWriter<T> : ValueWriter<T>
{
    public override void Write(ref MessagePackWriter writer, T value)
    {
        var json = new ArrayBufferWriter<byte>(512);
        using (var text = new Utf8JsonWriter(json, new JsonWriterOptions { Encoder = ProtocolJson.Options.Encoder, SkipValidation = true }))
            JsonSerializer.Serialize(text, value, ProtocolJson.Options);
        JsonToMessagePack.Write(ref writer, json.WrittenSpan);
    }
}

/// <summary>A closed set of types that is told apart by a discriminator, the map's first entry.</summary>
internal sealed class UnionWriter<T> : ValueWriter<T>
{
    private readonly Dictionary<Type, IVariant> _variants = [];

    public UnionWriter(JsonTypeInfo contract)
    {
        var union = contract.PolymorphismOptions!;
        foreach (var variant in union.DerivedTypes)
        {
            var discriminator = (union.TypeDiscriminatorPropertyName, (string)variant.TypeDiscriminator!);
            var writer = Activator.CreateInstance(
                typeof(Variant<>).MakeGenericType(typeof(T), variant.DerivedType),
                ProtocolJson.Options.GetTypeInfo(variant.DerivedType),
                discriminator
            )!;
            _variants.Add(variant.DerivedType, (IVariant)writer);
        }
    }

    public override void Write(ref MessagePackWriter writer, T value) => _variants[value!.GetType()].Write(ref writer, value);

    private interface IVariant
    {
        void Write(ref MessagePackWriter writer, T value);
    }

    private sealed class Variant<TVariant>(JsonTypeInfo contract, (string Key, string Value) discriminator) : IVariant
        where TVariant : T
    {
        private readonly ObjectWriter<TVariant> _inner = new(contract, discriminator);

        public void Write(ref MessagePackWriter writer, T value) => _inner.Write(ref writer, (TVariant)value!);
    }
}
