using System.Buffers;
using MessagePack;

namespace Orleans.Chat.Protocol.MessagePack;

/// <summary>What a call carried, for who has to tell what is wrong with it.</summary>
public static class HubArguments
{
    /// <summary>
    /// The one argument of a call in the hub's MessagePack protocol (<c>[1, headers, id, target, [argument], …]</c> behind its length) as JSON; null
    /// where there is not exactly one, or it cannot be read as JSON.
    /// </summary>
    public static byte[]? ToJson(in ReadOnlySequence<byte> message)
    {
        try
        {
            var bytes = new SequenceReader<byte>(message);
            while (bytes.TryRead(out var part) && (part & 0x80) != 0) { }
            var reader = new MessagePackReader(bytes.UnreadSequence);
            if (reader.ReadArrayHeader() < 5)
                return null;
            for (var before = 0; before < 4; before++)
                reader.Skip();
            if (reader.ReadArrayHeader() != 1)
                return null;
            var json = new ArrayBufferWriter<byte>(512);
            MessagePackToJson.Read(ref reader, json, ProtocolMessagePack.Options.Security);
            return json.WrittenSpan.ToArray();
        }
        // A length over 2 GB is to the reader one that is negative.
        catch (Exception unreadable)
            when (unreadable is MessagePackSerializationException or EndOfStreamException or ArgumentOutOfRangeException)
        {
            return null;
        }
    }
}
