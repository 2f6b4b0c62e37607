using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Orleans.Chat.Load.Wire;

/// <summary>What a receiver does with what the hub says.</summary>
internal interface IHubSink
{
    /// <summary>A call was answered. <paramref name="error"/>: the words of a refusal, or empty.</summary>
    void Completed(int id, ReadOnlySpan<byte> error);

    /// <summary>A push: the bytes of one call of the client's method.</summary>
    void Pushed(ReadOnlySpan<byte> message);

    /// <summary>The hub says that it ends the connection.</summary>
    void Closed(ReadOnlySpan<byte> message);
}

/// <summary>One send, ready to be written but for the parts that change.</summary>
/// <param name="Frame">With the WebSocket header.</param>
/// <param name="IdAt">Where 8 hex digits of the invocation's id stand.</param>
/// <param name="MessageIdAt">Where 36 characters of the message's id stand.</param>
/// <param name="StampAt">Where the content's stamp stands.</param>
/// <param name="Others">How many others are to receive it.</param>
internal sealed record SendTemplate(byte[] Frame, int IdAt, int MessageIdAt, int StampAt, int Others);

/* The two hub protocols, as far as load needs them: one template per sender and chat, other calls from JSON, and answers told apart by their first
 * bytes. https://github.com/dotnet/aspnetcore/blob/main/src/SignalR/docs/specs/HubProtocol.md */
internal abstract class HubFraming
{
    protected const string Id = "00000000";
    protected const string MessageId = "00000000-0000-0000-0000-000000000000";

    public static HubFraming Of(string protocol) => protocol == "messagepack" ? new MessagePackFraming() : new JsonFraming();

    public abstract string Name { get; }

    /// <summary>A ping, with its WebSocket header.</summary>
    public abstract byte[] Ping { get; }

    public byte[] Handshake =>
        WebSocketPipe.Frame(Encoding.UTF8.GetBytes($$"""{"protocol":"{{Name}}","version":1}""" + "\u001e"), text: Name == "json");

    /// <summary>A call; without an id no answer is awaited.</summary>
    public abstract byte[] Call(string method, int? id, JsonNode argument);

    /// <summary>Tells the sink of every whole message; returns how many bytes they were.</summary>
    public abstract int Parse(ReadOnlySpan<byte> payload, IHubSink sink);

    public SendTemplate Template(string chatId, string content, int others)
    {
        var argument = new JsonObject
        {
            ["chat_id"] = chatId,
            ["type"] = "text",
            ["message_id"] = MessageId,
            ["content"] = content,
        };
        var frame = Call("SendMessage", 0, argument);
        var bytes = frame.AsSpan();
        return new SendTemplate(
            frame,
            bytes.IndexOf(Encoding.ASCII.GetBytes(Id)),
            bytes.IndexOf(Encoding.ASCII.GetBytes(MessageId)),
            bytes.IndexOf(Stamp.Mark),
            others
        );
    }

    protected static string IdText(int id) => id.ToString("x8", System.Globalization.CultureInfo.InvariantCulture);

    protected static int IdOf(ReadOnlySpan<byte> digits) =>
        System.Buffers.Text.Utf8Parser.TryParse(digits, out int id, out var length, 'x') && length == 8 ? id : -1;
}

internal sealed class JsonFraming : HubFraming
{
    private const byte Separator = 0x1e;

    public override string Name => "json";

    public override byte[] Ping { get; } = WebSocketPipe.Frame("{\"type\":6}\u001e"u8, text: true);

    public override byte[] Call(string method, int? id, JsonNode argument)
    {
        var call = new JsonObject { ["type"] = 1 };
        if (id is { } number)
            call["invocationId"] = IdText(number);
        call["target"] = method;
        call["arguments"] = new JsonArray(argument.DeepClone());
        return WebSocketPipe.Frame([.. JsonSerializer.SerializeToUtf8Bytes(call), Separator], text: true);
    }

    public override int Parse(ReadOnlySpan<byte> payload, IHubSink sink)
    {
        var used = 0;
        for (int end; (end = payload[used..].IndexOf(Separator)) >= 0; used += end + 1)
        {
            var message = payload.Slice(used, end);
            if (message.StartsWith("{\"type\":1,"u8))
                sink.Pushed(message);
            else if (message.StartsWith("{\"type\":3,"u8))
                Completion(message, sink);
            else if (message.StartsWith("{\"type\":7"u8))
                sink.Closed(message);
        }
        return used;
    }

    private static void Completion(ReadOnlySpan<byte> message, IHubSink sink)
    {
        var id = message.IndexOf("\"invocationId\":\""u8);
        var error = message.IndexOf("\"error\":"u8);
        sink.Completed(id < 0 ? -1 : IdOf(message[(id + 16)..]), error < 0 ? default : message[error..]);
    }
}

internal sealed class MessagePackFraming : HubFraming
{
    public override string Name => "messagepack";

    public override byte[] Ping { get; } = WebSocketPipe.Frame([2, 0x91, 6], text: false);

    public override byte[] Call(string method, int? id, JsonNode argument)
    {
        var body = new MessagePackText();
        body.Array(6).Number(1).Map(0);
        if (id is { } number)
            body.Text(IdText(number));
        else
            body.Nil();
        body.Text(method).Array(1).Value(argument).Array(0);
        return WebSocketPipe.Frame([.. Varint(body.Bytes.Length), .. body.Bytes], text: false);
    }

    public override int Parse(ReadOnlySpan<byte> payload, IHubSink sink)
    {
        // The handshake's answer is JSON in this protocol too: {} or {"error":…}. A message of 123 bytes begins with the same brace, and then an array.
        var answers = payload.Length > 1 && payload[0] == (byte)'{' && (payload[1] is (byte)'}' or (byte)'"');
        var used = answers ? payload.IndexOf((byte)0x1e) + 1 : 0;
        while (TryLength(payload[used..], out var header, out var length) && payload.Length - used - header >= length)
        {
            Message(payload.Slice(used + header, length), sink);
            used += header + length;
        }
        return used;
    }

    private static void Message(ReadOnlySpan<byte> message, IHubSink sink)
    {
        switch (message[1])
        {
            case 1:
                sink.Pushed(message);
                break;
            case 3:
                // [3, {}, "xxxxxxxx", kind, ...]: an id of 8 characters has a header of one byte.
                var failed = message[12] == 1;
                sink.Completed(IdOf(message.Slice(4, 8)), failed ? message[13..] : default);
                break;
            case 7:
                sink.Closed(message);
                break;
            default:
                break;
        }
    }

    private static bool TryLength(ReadOnlySpan<byte> bytes, out int header, out int length)
    {
        length = 0;
        for (header = 0; header < bytes.Length && header < 5; )
        {
            var part = bytes[header];
            length |= (part & 0x7f) << (7 * header++);
            if ((part & 0x80) == 0)
                return true;
        }
        return false;
    }

    private static byte[] Varint(int length)
    {
        var bytes = new List<byte>();
        do
        {
            bytes.Add((byte)((length & 0x7f) | (length > 0x7f ? 0x80 : 0)));
            length >>= 7;
        } while (length > 0);
        return [.. bytes];
    }
}
