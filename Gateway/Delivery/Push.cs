using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Protocol;
using Orleans.Chat.Gateway.Transports;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Delivery;

/* One call of the client's Events method, made once and written to every connection that gets it: the bytes are made at the first
 * write in each hub protocol and kept. What a push is decides what may become of it when a connection cannot follow. */
internal sealed class Push
{
    private const string Method = "Events";
    private SerializedHubMessage? _message;
    private byte[]? _text;
    private byte[]? _binary;
    private Push[]? _parts;
    private Push? _gap;

    private Push(PushKind kind, ChatEvent[] events) => (Kind, Events) = (kind, events);

    public PushKind Kind { get; }

    public ChatEvent[] Events { get; }

    /// <summary>Of durable events and gap markers: the chat.</summary>
    public string? ChatId { get; private init; }

    /// <summary>Of durable events: the first revision.</summary>
    public long First { get; private init; }

    /// <summary>Of a hint: what a newer one replaces.</summary>
    public HintKey Key { get; private init; }

    /// <summary>Of durable events: told when they cannot be serialised, with the reason.</summary>
    public Action<Push, Exception>? Unserializable { private get; init; }

    /// <summary>A push of several hints as one push for each, shared by all connections that have to coalesce.</summary>
    public Push[] Parts => _parts ??= Events.Length == 1 ? [this] : [.. Events.Select(e => Hint([e]))];

    public static Push Durable(string chatId, ChatEvent[] events, long first, Action<Push, Exception>? unserializable = null) =>
        new(PushKind.Durable, events)
        {
            ChatId = chatId,
            First = first,
            Unserializable = unserializable,
        };

    public static Push Hint(ChatEvent[] events) => new(PushKind.Hint, events) { Key = HintKey.Of(events[0]) };

    public static Push Control(ChatEvent e) => new(PushKind.Control, [e]);

    public static Push Gap(string chatId, long after) =>
        new(PushKind.Gap, [new GapEvent(after) { ChatId = chatId }]) { ChatId = chatId, First = after + 1 };

    /// <summary>The push as one frame of a WebSocket.</summary>
    public ReadOnlyMemory<byte> Frame(IHubProtocol protocol) =>
        protocol.TransferFormat == TransferFormat.Text ? _text ??= MakeFrame(protocol) : _binary ??= MakeFrame(protocol);

    /// <summary>The push as SignalR writes it to whom that protocol is spoken with.</summary>
    public SerializedHubMessage Message(IHubProtocol protocol)
    {
        var message = _message ?? Prepare();
        try
        {
            message.GetSerializedMessage(protocol);
            return message;
        }
        catch (Exception fault) when (Kind == PushKind.Durable)
        {
            return InPlace(fault).Message(protocol);
        }
    }

    private SerializedHubMessage Prepare()
    {
        var made = new SerializedHubMessage(Call());
        return Interlocked.CompareExchange(ref _message, made, null) ?? made;
    }

    private byte[] MakeFrame(IHubProtocol protocol)
    {
        try
        {
            return WebSocketFrame.Of(protocol.GetMessageBytes(Call()).Span, protocol.TransferFormat == TransferFormat.Text);
        }
        catch (Exception fault) when (Kind == PushKind.Durable)
        {
            return InPlace(fault).MakeFrame(protocol);
        }
    }

    /// <summary>What cannot be said is told as missing: one bad event must neither end its readers' connections nor hold up what comes after it.</summary>
    private Push InPlace(Exception fault)
    {
        Unserializable?.Invoke(this, fault);
        return _gap ??= Gap(ChatId!, First - 1);
    }

    private InvocationMessage Call() => new(Method, [Events]);
}

internal enum PushKind
{
    /// <summary>Has revisions: never dropped without a gap marker.</summary>
    Durable,

    /// <summary>Newest wins, dropped first.</summary>
    Hint,

    /// <summary>About the connection itself or the user's own; never dropped.</summary>
    Control,

    /// <summary>Stands for a chat's durable events that were dropped.</summary>
    Gap,
}

/// <summary>What a hint is about: of two with the same key only the newer one matters.</summary>
internal readonly record struct HintKey(Type? Type, string? ChatId, string? UserId)
{
    public static HintKey Of(ChatEvent e) =>
        e switch
        {
            TypingEvent typing => new(typeof(TypingEvent), e.ChatId, typing.UserId),
            ReceiptEvent receipt => new(typeof(ReceiptEvent), e.ChatId, receipt.UserId),
            PresenceEvent presence => new(typeof(PresenceEvent), null, presence.UserId),
            _ => new(e.GetType(), e.ChatId, null),
        };
}
