using System.Buffers.Binary;

namespace Orleans.Chat.Gateway.Transports;

/* A data frame from server to client (RFC 6455, 5.2): final, not masked, its length in 7, 16 or 64 bits. */
internal static class WebSocketFrame
{
    private const byte Final = 0x80;
    private const byte Text = 1;
    private const byte Binary = 2;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    public static byte[] Of(ReadOnlySpan<byte> payload, bool text)
    {
        var header = HeaderLength(payload.Length);
        var frame = new byte[header + payload.Length];
        frame[0] = (byte)(Final | (text ? Text : Binary));
        switch (header)
        {
            case 2:
                frame[1] = (byte)payload.Length;
                break;
            case 4:
                frame[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
                break;
            default:
                frame[1] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(frame.AsSpan(2), (ulong)payload.Length);
                break;
        }
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    private static int HeaderLength(int payload) =>
        payload < Length16 ? 2
        : payload <= ushort.MaxValue ? 4
        : 10;
}
