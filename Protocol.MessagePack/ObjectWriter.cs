using System.Reflection;
using System.Text.Json.Serialization.Metadata;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/// <summary>A map of an object's properties, in the order of its JSON; what JSON leaves out when it is null is left out here.</summary>
internal sealed class ObjectWriter<T> : ValueWriter<T>
{
    private readonly (byte[] Key, byte[] Value)? _discriminator;
    private readonly PropertyWriter<T>[] _properties;

    public ObjectWriter(JsonTypeInfo contract, (string Key, string Value)? discriminator)
    {
        _discriminator = discriminator is { } d ? (Text(d.Key), Text(d.Value)) : null;
        // What is never written (JsonIgnore) has no getter in the contract.
        _properties =
        [
            .. contract
                .Properties.Where(p => p.Get is not null)
                .Select(p =>
                    (PropertyWriter<T>)
                        Activator.CreateInstance(
                            typeof(PropertyWriter<,>).MakeGenericType(typeof(T), p.PropertyType),
                            p.Name,
                            p.AttributeProvider
                        )!
                ),
        ];
    }

    public override void Write(ref MessagePackWriter writer, T value)
    {
        var count = _discriminator is null ? 0 : 1;
        foreach (var property in _properties)
        {
            if (property.IsThere(value))
                count++;
        }
        writer.WriteMapHeader(count);
        if (_discriminator is var (key, name))
        {
            writer.WriteRaw(key);
            writer.WriteRaw(name);
        }
        foreach (var property in _properties)
        {
            if (property.IsThere(value))
                property.Write(ref writer, value);
        }
    }

    internal static byte[] Text(string text)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        var writer = new MessagePackWriter(buffer);
        writer.Write(text);
        writer.Flush();
        return buffer.WrittenSpan.ToArray();
    }
}

internal abstract class PropertyWriter<TOwner>
{
    public abstract bool IsThere(TOwner owner);

    public abstract void Write(ref MessagePackWriter writer, TOwner owner);
}

internal sealed class PropertyWriter<TOwner, T>(string name, PropertyInfo property) : PropertyWriter<TOwner>
{
    private readonly byte[] _name = ObjectWriter<TOwner>.Text(name);
    private readonly Func<TOwner, T> _get = property.GetMethod!.CreateDelegate<Func<TOwner, T>>();
    private readonly ValueWriter<T> _value = ValueWriter<T>.Default;

    public override bool IsThere(TOwner owner) => _get(owner) is not null;

    public override void Write(ref MessagePackWriter writer, TOwner owner)
    {
        writer.WriteRaw(_name);
        _value.Write(ref writer, _get(owner));
    }
}
