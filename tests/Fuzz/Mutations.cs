using System.Buffers.Binary;

namespace Orleans.Chat.Fuzz;

/// <summary>Inputs that are nearly valid: others with some bytes changed, taken out, doubled, or put together. The same seed, the same inputs.</summary>
internal sealed class Mutations(IReadOnlyList<byte[]> from, int seed)
{
    private const int MaxSteps = 6;
    private const int MaxLength = 16 * 1024;

    // Where lengths, counts and signs go wrong.
    private static readonly byte[] Edges =
    [
        0x00,
        0x01,
        0x1e,
        0x7f,
        0x80,
        0x81,
        0xc1,
        0xdd,
        0xdf,
        0xff,
        (byte)'"',
        (byte)'\\',
        (byte)'[',
        (byte)'{',
    ];
    private static readonly int[] Numbers = [-1, 0, 1, 127, 128, 255, 256, short.MaxValue, ushort.MaxValue, int.MinValue, int.MaxValue];
#pragma warning disable CA5394 // Inputs that are the same in every run are what is wanted.
    private readonly Random _random = new(seed);

    /// <summary>The next input.</summary>
    public byte[] Next()
    {
        var bytes = new List<byte>(Any());
        for (var steps = _random.Next(1, MaxSteps + 1); steps > 0; steps--)
            Change(bytes);
        if (bytes.Count > MaxLength)
            bytes.RemoveRange(MaxLength, bytes.Count - MaxLength);
        return [.. bytes];
    }

    private void Change(List<byte> bytes)
    {
        var at = _random.Next(bytes.Count + 1);
        var rest = bytes.Count - at;
        var length = _random.Next(Math.Min(rest, 32) + 1);
        switch (_random.Next(8))
        {
            case 0 when rest > 0:
                bytes[at] ^= (byte)(1 << _random.Next(8));
                break;
            case 1 when rest > 0:
                bytes[at] = Edges[_random.Next(Edges.Length)];
                break;
            case 2 when rest > 0:
                bytes[at] += (byte)_random.Next(-16, 17);
                break;
            case 3 when rest >= sizeof(int):
                PutNumber(bytes, at);
                break;
            case 4:
                bytes.RemoveRange(at, length);
                break;
            case 5:
                bytes.InsertRange(at, bytes.GetRange(at, length));
                break;
            case 6:
                Splice(bytes, at);
                break;
            default:
                bytes.Insert(at, Edges[_random.Next(Edges.Length)]);
                break;
        }
    }

    private void PutNumber(List<byte> bytes, int at)
    {
        Span<byte> number = stackalloc byte[sizeof(int)];
        var value = Numbers[_random.Next(Numbers.Length)];
        if (_random.Next(2) == 0)
            BinaryPrimitives.WriteInt32BigEndian(number, value);
        else
            BinaryPrimitives.WriteInt32LittleEndian(number, value);
        for (var i = 0; i < number.Length; i++)
            bytes[at + i] = number[i];
    }

    private void Splice(List<byte> bytes, int at)
    {
        var other = Any();
        var start = _random.Next(other.Length + 1);
        bytes.RemoveRange(at, bytes.Count - at);
        bytes.AddRange(other.AsSpan(start));
    }

    private byte[] Any() => from[_random.Next(from.Count)];
#pragma warning restore CA5394
}
