using System.Buffers;
using System.Reflection;
using System.Text;
using System.Text.Json.Serialization.Metadata;
using System.Text.Unicode;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/* Reads the arguments of calls straight into their objects: maps whose values are texts, numbers, booleans and metadata. Anything that is not as it
 * should be (another type, a name that is not known, text that is not UTF-8) is left to the way through JSON, which knows how to say what is wrong. */
internal sealed class ObjectReader<T>
{
    private readonly Func<T> _create;
    private readonly PropertyReader<T>[] _properties;

    private ObjectReader(Func<T> create, PropertyReader<T>[] properties) => (_create, _properties) = (create, properties);

    /// <summary>A reader for the type; null for one that this cannot read.</summary>
    public static ObjectReader<T>? Make()
    {
        if (!ProtocolJson.Options.TryGetTypeInfo(typeof(T), out var contract) || contract.Kind is not JsonTypeInfoKind.Object)
            return null;
        if (contract.CreateObject is not { } create || contract.PolymorphismOptions is not null)
            return null;
        var readers = contract.Properties.Select(PropertyReader<T>.Make).ToArray();
        return readers.Contains(null) ? null : new ObjectReader<T>(() => (T)create(), readers!);
    }

    /// <summary>Reads; false leaves the reader anywhere, and the way through JSON begins where this did.</summary>
    public bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, out T value)
    {
        value = default!;
        if (reader.NextMessagePackType != MessagePackType.Map || !reader.TryReadMapHeader(out var count) || count < 0)
            return false;
        var owner = _create();
        for (var i = 0; i < count; i++)
        {
            if (
                reader.NextMessagePackType != MessagePackType.String
                || !reader.TryReadStringSpan(out var name)
                || Find(name) is not { } property
            )
                return false;
            if (!property.TryRead(ref reader, security, owner))
                return false;
        }
        value = owner;
        return true;
    }

    private PropertyReader<T>? Find(ReadOnlySpan<byte> name)
    {
        foreach (var property in _properties)
        {
            if (name.SequenceEqual(property.Name))
                return property;
        }
        return null;
    }
}

internal abstract class PropertyReader<TOwner>(byte[] name)
{
    public ReadOnlySpan<byte> Name => name;

    public abstract bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, TOwner owner);

    /// <summary>Null for a property that only the way through JSON can read.</summary>
    public static PropertyReader<TOwner>? Make(JsonPropertyInfo property)
    {
        if (
            property
            is not { IsRequired: false, CustomConverter: null, Set: not null, AttributeProvider: PropertyInfo { SetMethod: { } set } }
        )
            return null;
        var name = Encoding.UTF8.GetBytes(property.Name);
        if (property.PropertyType == typeof(string))
            return new Text(name, set.CreateDelegate<Action<TOwner, string>>());
        if (property.PropertyType == typeof(long?))
            return new Number(name, set.CreateDelegate<Action<TOwner, long?>>());
        if (property.PropertyType == typeof(bool?))
            return new Flag(name, set.CreateDelegate<Action<TOwner, bool?>>());
        return property.PropertyType == typeof(MetadataJson)
            ? new Metadata(name, set.CreateDelegate<Action<TOwner, MetadataJson>>())
            : null;
    }

    private sealed class Text(byte[] name, Action<TOwner, string> set) : PropertyReader<TOwner>(name)
    {
        public override bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, TOwner owner)
        {
            if (reader.TryReadNil())
                return true;
            if (reader.NextMessagePackType != MessagePackType.String || !reader.TryReadStringSpan(out var text) || !Utf8.IsValid(text))
                return false;
            set(owner, Encoding.UTF8.GetString(text));
            return true;
        }
    }

    private sealed class Number(byte[] name, Action<TOwner, long?> set) : PropertyReader<TOwner>(name)
    {
        public override bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, TOwner owner)
        {
            if (reader.TryReadNil())
                return true;
            if (reader.NextMessagePackType != MessagePackType.Integer || reader.NextCode == MessagePackCode.UInt64)
                return false;
            set(owner, reader.ReadInt64());
            return true;
        }
    }

    private sealed class Flag(byte[] name, Action<TOwner, bool?> set) : PropertyReader<TOwner>(name)
    {
        public override bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, TOwner owner)
        {
            if (reader.TryReadNil())
                return true;
            if (reader.NextMessagePackType != MessagePackType.Boolean)
                return false;
            set(owner, reader.ReadBoolean());
            return true;
        }
    }

    private sealed class Metadata(byte[] name, Action<TOwner, MetadataJson> set) : PropertyReader<TOwner>(name)
    {
        public override bool TryRead(ref MessagePackReader reader, MessagePackSecurity security, TOwner owner)
        {
            if (reader.TryReadNil())
                return true;
            if (reader.NextMessagePackType != MessagePackType.Map)
                return false;
            var json = new ArrayBufferWriter<byte>(256);
            MessagePackToJson.Read(ref reader, json, security);
            set(owner, new MetadataJson(Encoding.UTF8.GetString(json.WrittenSpan)));
            return true;
        }
    }
}
