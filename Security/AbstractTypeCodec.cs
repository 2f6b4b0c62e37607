using System.Buffers;
using Orleans.Serialization;
using Orleans.Serialization.Buffers;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Serializers;
using Orleans.Serialization.WireProtocol;

namespace Orleans.Chat.Security;

/* Orleans' own asks the provider for the codec of the type that the bytes name, and calls it. Where they name the abstract type itself that is again
 * itself, until the stack ends, and the process with it. */

/// <summary>
/// Reads and writes what is declared as <typeparamref name="T"/>, an interface or an abstract class, by the codec of the type that the value has.
/// In the place of Orleans' <see cref="AbstractTypeSerializer"/>, whose format it keeps; see <see cref="AbstractTypes"/>.
/// </summary>
internal class AbstractTypeCodec<T> : IFieldCodec<T>, IAbstractTypeCodec
{
    /// <inheritdoc/>
    public void WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, T? value)
        where TBufferWriter : IBufferWriter<byte> => ObjectCodec.WriteField(ref writer, fieldIdDelta, expectedType, value);

    /// <inheritdoc/>
    void IFieldCodec.WriteField<TBufferWriter>(ref Writer<TBufferWriter> writer, uint fieldIdDelta, Type? expectedType, object? value) =>
        ObjectCodec.WriteField(ref writer, fieldIdDelta, expectedType, value);

    /// <inheritdoc/>
    /// <exception cref="FieldTypeMissingException">The bytes do not name the value's type.</exception>
    /// <exception cref="IllegalTypeException">They name one that no value can have.</exception>
    public T? ReadValue<TInput>(ref Reader<TInput> reader, Field field)
    {
        if (field.IsReference)
            return (T?)ReferenceCodec.ReadReference(ref reader, field.FieldType ?? typeof(T));
        var named = field.FieldType ?? throw new FieldTypeMissingException(typeof(T));
        var codec = reader.Session.CodecProvider.GetCodec(named);
        // Some abstract types have values that are read by a codec of their own: System.Type is one.
        if (named.IsAbstract && AbstractTypes.OnlyLooksFurther(codec))
            throw new IllegalTypeException(named.ToString());
        return (T?)codec.ReadValue(ref reader, field);
    }

    /// <inheritdoc/>
    object? IFieldCodec.ReadValue<TInput>(ref Reader<TInput> reader, Field field) => ReadValue(ref reader, field);
}

/// <summary>An <see cref="AbstractTypeCodec{T}"/> of whatever type.</summary>
internal interface IAbstractTypeCodec;
