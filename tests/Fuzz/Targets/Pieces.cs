using System.Buffers;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>Bytes as a connection may bring them: in buffers that end anywhere.</summary>
internal sealed class Pieces : ReadOnlySequenceSegment<byte>
{
    private Pieces(ReadOnlyMemory<byte> memory, long at) => (Memory, RunningIndex) = (memory, at);

    public static ReadOnlySequence<byte> Of(ReadOnlyMemory<byte> bytes, int length)
    {
        if (bytes.Length <= length)
            return new ReadOnlySequence<byte>(bytes);
        var first = new Pieces(bytes[..length], 0);
        var last = first;
        for (var at = length; at < bytes.Length; at += length)
        {
            var next = new Pieces(bytes[at..Math.Min(at + length, bytes.Length)], at);
            last.Next = next;
            last = next;
        }
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }
}
