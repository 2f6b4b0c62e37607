using System.Buffers.Binary;

namespace Orleans.Chat.Gateway.Transports;

/* A data frame from server to client (RFC 6455, 5.2): final, not masked, its length in 7, 16 or 64 bits. */
internal static class WebSocketFrame
{
    public const int MaxHeader = 10;
    private const byte Final = 0x80;
    private const byte Text = 1;
    private const byte Binary = 2;
    private const byte Length16 = 126;
    private const byte Length64 = 127;

    public static byte[] Of(ReadOnlySpan<byte> payload, bool text)
    {
        var header = HeaderLength(payload.Length);
        var frame = new byte[header + payload.Length];
        WriteHeader(frame.AsSpan(0, header), payload.Length, text);
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    /// <summary>Puts the header before a payload that begins at <see cref="MaxHeader"/>; returns where the frame begins.</summary>
    public static int WriteHeaderBefore(Span<byte> buffer, int length, bool text)
    {
        var header = HeaderLength(length);
        WriteHeader(buffer[(MaxHeader - header)..MaxHeader], length, text);
        return MaxHeader - header;
    }

    private static void WriteHeader(Span<byte> header, int length, bool text)
    {
        header[0] = (byte)(Final | (text ? Text : Binary));
        switch (header.Length)
        {
            case 2:
                header[1] = (byte)length;
                break;
            case 4:
                header[1] = Length16;
                BinaryPrimitives.WriteUInt16BigEndian(header[2..], (ushort)length);
                break;
            default:
                header[1] = Length64;
                BinaryPrimitives.WriteUInt64BigEndian(header[2..], (ulong)length);
                break;
        }
    }

    private static int HeaderLength(int payload) =>
        payload < Length16 ? 2
        : payload <= ushort.MaxValue ? 4
        : MaxHeader;
}
