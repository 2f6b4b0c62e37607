using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;

namespace Orleans.Chat.Protocol.MessagePack;

/// <summary>The hub's MessagePack protocol, with the same names and values as its JSON.</summary>
public static class ProtocolMessagePack
{
    /// <summary>How the protocol's types are written; for peers that are not trusted.</summary>
    public static MessagePackSerializerOptions Options { get; } =
        MessagePackSerializerOptions
            .Standard.WithResolver(
                CompositeResolver.Create(ProtocolResolver.Instance, BuiltinResolver.Instance, PrimitiveObjectResolver.Instance)
            )
            .WithSecurity(MessagePackSecurity.UntrustedData.WithMaximumObjectGraphDepth(48));

    /// <summary>Adds the protocol to a hub or to a client of one.</summary>
    /// <typeparam name="TBuilder">The builder of a server or of a connection.</typeparam>
    public static TBuilder AddChatMessagePackProtocol<TBuilder>(this TBuilder builder)
        where TBuilder : ISignalRBuilder => builder.AddMessagePackProtocol(protocol => protocol.SerializerOptions = Options);
}
