using System.Buffers;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Protocol;
using Orleans.Chat.Gateway.Http;

namespace Orleans.Chat.Fuzz.Targets;

/* What a client sends after the handshake, read as a connection's loop does: message after message, each call up to the rules of its argument, and
 * what is refused up to the bytes of the answer. The contract: InvalidDataException ends the connection, all else is a message. How the bytes of
 * good messages were cut on their way must not matter. */
internal sealed class HubTarget(string protocol) : FuzzTarget
{
    private const int PieceLength = 5;
    private readonly IHubProtocol _protocol = GatewayServices.Protocol(protocol);
    private readonly HubBinder _binder = new();

    public override string Name => protocol;

    public override Reading Read(ReadOnlyMemory<byte> input)
    {
        var whole = Conversation(new ReadOnlySequence<byte>(input));
        var pieces = Conversation(Pieces.Of(input, PieceLength));
        // What is not well-formed the JSON reader may take for something when it comes in pieces; it stands elsewhere after an error then.
        if (
            whole.Reading == Reading.Taken
            && (pieces.Reading != Reading.Taken || !whole.Taken.SequenceEqual(pieces.Taken, StringComparer.Ordinal))
        )
            throw new FindingException(
                $"Whole it takes [{string.Join("; ", whole.Taken)}], in pieces [{string.Join("; ", pieces.Taken)}]."
            );
        return whole.Reading;
    }

    public override IEnumerable<Seed> Seeds() => HubSeeds.Of(_protocol);

    /// <summary>What is taken until something is refused.</summary>
    private (Reading Reading, List<string> Taken) Conversation(ReadOnlySequence<byte> bytes)
    {
        var taken = new List<string>();
        var reading = Reading.Taken;
        try
        {
            var before = bytes.Length;
            while (_protocol.TryParseMessage(ref bytes, _binder, out var message))
            {
                if (bytes.Length >= before)
                    throw new FindingException("A message took no bytes: the loop would not end.");
                before = bytes.Length;
                if (IsRefused(message))
                    reading = Reading.Refused;
                else if (reading == Reading.Taken)
                    taken.Add(
                        message is InvocationMessage call
                            ? $"{call.InvocationId} {call.Target} {call.Arguments.FirstOrDefault()}"
                            : $"{message}"
                    );
            }
        }
        catch (InvalidDataException)
        {
            return (Reading.Refused, taken);
        }
        return (bytes.IsEmpty ? reading : Reading.Refused, taken);
    }

    private bool IsRefused(HubMessage message)
    {
        if (message is not InvocationMessage call)
        {
            return message is InvocationBindingFailureMessage or StreamInvocationMessage
                ? throw new FindingException($"{message.GetType().Name} is left for SignalR to answer, without a problem.")
                : false;
        }
        if (HubCalls.Check(call) is not { } problem)
            return false;
        var json = problem.ToJson();
        JsonDocument.Parse(json).Dispose();
        if (call.InvocationId is { } id)
            _protocol.GetMessageBytes(CompletionMessage.WithError(id, json));
        return true;
    }
}
