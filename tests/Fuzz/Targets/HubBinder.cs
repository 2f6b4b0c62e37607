using System.Reflection;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Hubs;

namespace Orleans.Chat.Fuzz.Targets;

/* What SignalR's own binder answers for the hub; it cannot be had without a connection. Names are found in any case, and what is not there is an
 * exception, which the protocols turn into messages. */
internal sealed class HubBinder : IInvocationBinder
{
    private static readonly Dictionary<string, Type[]> Methods = typeof(ChatHub)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(m => m.GetBaseDefinition().DeclaringType == typeof(ChatHub) && !m.IsSpecialName)
        .ToDictionary(
            m => m.GetCustomAttribute<HubMethodNameAttribute>()?.Name ?? m.Name,
            m => m.GetParameters().Select(p => p.ParameterType).ToArray(),
            StringComparer.OrdinalIgnoreCase
        );

    public IReadOnlyList<Type> GetParameterTypes(string methodName) =>
        Methods.TryGetValue(methodName, out var types) ? types : throw new HubException("Method does not exist.");

    /// <summary>The server asks no client for a result.</summary>
    public Type GetReturnType(string invocationId) => throw new InvalidOperationException($"Unknown invocation ID '{invocationId}'.");

    /// <summary>No method takes a stream.</summary>
    public Type GetStreamItemType(string streamId) => throw new KeyNotFoundException($"No stream with id '{streamId}' could be found.");
}
