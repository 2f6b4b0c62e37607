using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Reflection;
using System.Runtime.ExceptionServices;
using System.Text.Json;
using MessagePack;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Gateway.Hubs;

/* SignalR answers what it cannot bind, and methods that are not there, by itself and before any filter: with words and no problem object. So
 * such a message is turned into a call of a method whose answer is the problem. Texts that nobody can store are found here as well, where the
 * whole message can still be seen. */
internal sealed class ProblemHubProtocol(IHubProtocol inner) : IHubProtocol
{
    private const string Arguments = "arguments[0]";

    /// <summary>What the hub has, and the type of what each method takes; null for one that takes nothing.</summary>
    private static readonly Dictionary<string, Type?> Methods = typeof(ChatHub)
        .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
        .Where(m => m.GetBaseDefinition().DeclaringType == typeof(ChatHub) && !m.IsSpecialName && m.Name != nameof(ChatHub.Refuse))
        .ToDictionary(m => m.Name, m => m.GetParameters().FirstOrDefault()?.ParameterType, StringComparer.Ordinal);
    private readonly bool _json = inner.TransferFormat == TransferFormat.Text;

    public string Name => inner.Name;

    public int Version => inner.Version;

    public TransferFormat TransferFormat => inner.TransferFormat;

    public bool IsVersionSupported(int version) => inner.IsVersionSupported(version);

    public ReadOnlyMemory<byte> GetMessageBytes(HubMessage message) => inner.GetMessageBytes(message);

    public void WriteMessage(HubMessage message, IBufferWriter<byte> output) => inner.WriteMessage(message, output);

    public bool TryParseMessage(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var before = input;
        while (!TryRead(ref input, binder, out message))
        {
            // A message of a kind that is not known is read over with the same answer as where there is none yet: what stands behind it must
            // not wait until more comes.
            if (input.Length == before.Length)
                return false;
            before = input;
        }
        message = message switch
        {
            InvocationBindingFailureMessage failed => Refuse(failed.InvocationId, ProblemOf(failed, before.Slice(0, input.Start))),
            StreamInvocationMessage stream => Refuse(stream.InvocationId, NoMethod(stream.Target)),
            InvocationMessage call when !Methods.ContainsKey(call.Target) => Refuse(call.InvocationId, NoMethod(call.Target)),
            InvocationMessage call when _json && UnsoundIn(before.Slice(0, input.Start)) is { } path => Refuse(
                call.InvocationId,
                Problem.Invalid(path, Unicode.Error)
            ),
            _ => message,
        };
        return true;
    }

    /// <summary>A call that is nested deeper than SignalR reads would end the connection; its id is near enough to answer it.</summary>
    private bool TryRead(ref ReadOnlySequence<byte> input, IInvocationBinder binder, [NotNullWhen(true)] out HubMessage? message)
    {
        var before = input;
        try
        {
            return inner.TryParseMessage(ref input, binder, out message);
        }
        catch (Exception fault) when (IsUnreadable(fault))
        {
            message = _json ? CallOf(before.Slice(0, input.Start), fault) : null;
            if (message is not null)
                return true;
            if (fault is InvalidDataException)
                throw;
            throw new InvalidDataException("The message cannot be read.", fault);
        }
    }

    /// <summary>
    /// A protocol promises an <see cref="InvalidDataException"/>; what its reader says of texts and numbers that are none gets past that. An index out of range is the
    /// JSON reader's, of a literal that breaks off where a buffer ends.
    /// </summary>
    private static bool IsUnreadable(Exception fault) =>
        fault
            is InvalidDataException
                or InvalidOperationException
                or FormatException
                or OverflowException
                or EndOfStreamException
                or ArgumentException
                or IndexOutOfRangeException
                or MessagePackSerializationException;

    private static InvocationBindingFailureMessage? CallOf(in ReadOnlySequence<byte> message, Exception fault)
    {
        string? id = null;
        string? target = null;
        var isCall = false;
        try
        {
            var bytes = message.IsSingleSegment ? message.FirstSpan : message.ToArray();
            var reader = new Utf8JsonReader(bytes.TrimEnd((byte)0x1e), new JsonReaderOptions { MaxDepth = int.MaxValue });
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
                return null;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                var name = reader.GetString();
                reader.Read();
                if (name == "type")
                    isCall = reader.GetInt32() == HubProtocolConstants.InvocationMessageType;
                else if (name == "invocationId")
                    id = reader.GetString();
                else if (name == "target")
                    target = reader.GetString();
                reader.Skip();
            }
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
        return isCall && target is not null ? new InvocationBindingFailureMessage(id, target, ExceptionDispatchInfo.Capture(fault)) : null;
    }

    private static InvocationMessage Refuse(string? invocationId, Problem problem) =>
        new(invocationId, RefusedCall.Method, [new RefusedCall(problem)]);

    private static Problem NoMethod(string method) =>
        Problem.Of(ProblemCodes.NotFound, $"There is no method {(method.Length <= 64 ? method : method[..64])} that answers such a call.");

    private Problem ProblemOf(InvocationBindingFailureMessage failed, in ReadOnlySequence<byte> message)
    {
        if (!Methods.TryGetValue(failed.Target, out var type))
            return NoMethod(failed.Target);
        if (_json && UnsoundIn(message) is { } path)
            return Problem.Invalid(path, Unicode.Error);
        // Binding stops at the first value of a wrong type; all of them are to be told.
        if (type is not null && ArgumentIn(message) is { } argument && JsonBody.WrongTypes(argument, type) is { } all)
            return all;
        for (var fault = failed.BindingFailure.SourceException; fault is not null; fault = fault.InnerException!)
        {
            if (fault is JsonException { Path: not null } json)
                return JsonBody.Malformed(json);
        }
        return Problem.Invalid("body", "The arguments are not those of the method.");
    }

    /// <summary>The call's one argument as JSON; null where there is not exactly one, or it cannot be read.</summary>
    private byte[]? ArgumentIn(in ReadOnlySequence<byte> message)
    {
        if (!_json)
            return HubArguments.ToJson(message);
        try
        {
            using var call = JsonDocument.Parse(message.ToArray().AsMemory().TrimEnd((byte)0x1e));
            return call.RootElement.TryGetProperty("arguments", out var arguments) && arguments.GetArrayLength() == 1
                ? System.Text.Encoding.UTF8.GetBytes(arguments[0].GetRawText())
                : null;
        }
        catch (Exception unreadable) when (unreadable is JsonException or InvalidOperationException)
        {
            return null;
        }
    }

    private static string? UnsoundIn(in ReadOnlySequence<byte> message)
    {
        var bytes = message.IsSingleSegment ? message.FirstSpan : message.ToArray();
        // Each message ends with a record separator.
        if (FirstUnsound(bytes.TrimEnd((byte)0x1e)) is not { } path)
            return null;
        path = path.StartsWith(Arguments, StringComparison.Ordinal) ? path[Arguments.Length..].TrimStart('.') : path;
        return path.Length == 0 ? "body" : path;
    }

    /// <summary>Null also for what is not JSON, which SignalR does not always see: what it bound is checked by the rules.</summary>
    private static string? FirstUnsound(ReadOnlySpan<byte> json)
    {
        try
        {
            return Unicode.FirstUnsound(json);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>A call that was refused before it could be bound. Made here only: its constructor argument cannot be read from JSON.</summary>
internal sealed record RefusedCall(Problem Problem)
{
    public const string Method = "$refused";
}

internal static class ProblemHubProtocols
{
    /// <summary>Wraps every hub protocol that was added so far.</summary>
    public static ISignalRServerBuilder AnswerProblems(this ISignalRServerBuilder signalR)
    {
        var services = signalR.Services;
        foreach (var protocol in services.Where(s => s.ServiceType == typeof(IHubProtocol)).ToArray())
        {
            services.Remove(protocol);
            services.AddSingleton<IHubProtocol>(s => new ProblemHubProtocol(
                (IHubProtocol)ActivatorUtilities.CreateInstance(s, protocol.ImplementationType!)
            ));
        }
        return signalR;
    }
}
