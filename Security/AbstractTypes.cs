using Microsoft.Extensions.DependencyInjection;
using Orleans.Serialization.Codecs;
using Orleans.Serialization.Configuration;
using Orleans.Serialization.Serializers;
using Orleans.Streams;

namespace Orleans.Chat.Security;

/// <summary>Keeps bytes that name an abstract type as the one of a value from ending the process.</summary>
public static class AbstractTypes
{
    /// <summary>
    /// Has what reads messages between silos and gateways refuse a value of an abstract type, as it refuses one of a type that it does not know. Nothing
    /// else changes: what is written is the same, and is read as before.
    /// </summary>
    public static IServiceCollection RefuseAbstractTypes(this IServiceCollection services)
    {
        // After all have added theirs: a codec that is added as one of fields stands before the serializers that Orleans generates of our types.
        services.PostConfigure<TypeManifestOptions>(ReplaceGenerated);
        return services.AddSingleton<ISpecializableCodec, UnknownAbstractTypes>();
    }

    /// <summary>True of a codec that only looks for the codec of the type that the bytes name.</summary>
    internal static bool OnlyLooksFurther(IFieldCodec codec) => codec is AbstractTypeSerializer or IAbstractTypeCodec;

    private static void ReplaceGenerated(TypeManifestOptions options)
    {
        foreach (var type in options.Serializers.SelectMany(TypesOf).Where(t => !t.ContainsGenericParameters))
            options.FieldCodecs.Add(typeof(AbstractTypeCodec<>).MakeGenericType(type));
        // Of a generic type the codec has to be one too, with the same parameters; these two are all that Orleans has.
        options.FieldCodecs.Add(typeof(EnumerableRequestCodec<>));
        options.FieldCodecs.Add(typeof(SubscriptionHandleCodec<>));
    }

    /// <summary>The type that a generated serializer is of, if that is an abstract one.</summary>
    private static IEnumerable<Type> TypesOf(Type serializer)
    {
        for (var type = serializer.BaseType; type is not null; type = type.BaseType)
        {
            if (type.IsGenericType && type.GetGenericTypeDefinition() == typeof(AbstractTypeSerializer<>))
                yield return type.GenericTypeArguments[0];
        }
    }

    private sealed class EnumerableRequestCodec<T> : AbstractTypeCodec<AsyncEnumerableRequest<T>>;

    private sealed class SubscriptionHandleCodec<T> : AbstractTypeCodec<StreamSubscriptionHandle<T>>;

    /// <summary>Abstract types that no codec was made for: interfaces above all. Orleans asks this before it takes its own.</summary>
    private sealed class UnknownAbstractTypes(IServiceProvider services) : ISpecializableCodec
    {
        public bool IsSupportedType(Type type) =>
            type.IsAbstract
            && !services.GetServices<ISpecializableCodec>().Any(c => c != this && c.IsSupportedType(type))
            && !services.GetServices<IGeneralizedCodec>().Any(c => c.IsSupportedType(type));

        public IFieldCodec GetSpecializedCodec(Type type) =>
            (IFieldCodec)Activator.CreateInstance(typeof(AbstractTypeCodec<>).MakeGenericType(type))!;
    }
}
