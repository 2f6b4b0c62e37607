using System.Buffers.Binary;
using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Orleans.Chat.Load.Chaos;

/* The kernel's queue of packets for a program (nfnetlink_queue(7) of libnetfilter_queue): it tells the number of each packet and holds it until it is told what
 * to do with it. Here each is let go after the same time, so the order stays. netem would do it, where the kernel has it. Lengths and attributes are of the
 * machine's byte order, what is inside of the network's. */

/// <summary>Lets packets that a rule sends here go on after a while.</summary>
internal sealed partial class PacketQueue : IAsyncDisposable
{
    private const int Netlink = 16;
    private const int Raw = 3;
    private const int Netfilter = 12;
    private const int Subsystem = 3 << 8;
    private const int ErrorMessage = 2;
    private const int PacketMessage = Subsystem;
    private const int VerdictMessage = Subsystem | 1;
    private const int ConfigMessage = Subsystem | 2;
    private const int HeaderLength = 20;
    private readonly int _socket;
    private readonly ushort _queue;
    private readonly TimeSpan _delay;
    private readonly Channel<(long At, uint Packet)> _waiting = Channel.CreateUnbounded<(long, uint)>(
        new UnboundedChannelOptions { SingleReader = true, SingleWriter = true }
    );
    private readonly Thread _reading;
    private readonly Task _releasing;
    private volatile bool _ended;
    private volatile int _refusal;
    private long _passed;

    public PacketQueue(ushort queue, TimeSpan delay)
    {
        (_queue, _delay) = (queue, delay);
        _socket = Checked(Socket(Netlink, Raw, Netfilter));
        // Bind to the queue; numbers of packets are enough; many may wait.
        Send(ConfigMessage, Attribute(1, [1, 0, 0, 0]));
        Send(ConfigMessage, Attribute(2, [0, 0, 0, 0, 1]));
        Send(ConfigMessage, Attribute(3, [0, 0, 0xff, 0xff]));
        _reading = new Thread(Read) { IsBackground = true, Name = "packets" };
        _reading.Start();
        _releasing = ReleaseAsync();
    }

    /// <summary>How many packets came by.</summary>
    public long Passed => Interlocked.Read(ref _passed);

    /// <exception cref="IOException">The kernel refused something: packets went by, or were not held.</exception>
    public async ValueTask DisposeAsync()
    {
        _ended = true;
        _reading.Join();
        _waiting.Writer.Complete();
        await _releasing;
        _ = Close(_socket);
        if (_refusal != 0)
            throw new IOException($"netlink: {Marshal.GetPInvokeErrorMessage(-_refusal)}");
    }

    private void Read()
    {
        var bytes = new byte[1 << 16];
        while (!_ended)
        {
            Span<int> poll = [_socket, 1];
            if (Poll(poll, 1, 50) <= 0)
                continue;
            var length = (int)Receive(_socket, bytes, bytes.Length, 0);
            for (var rest = bytes.AsSpan(0, Math.Max(0, length)); rest.Length >= HeaderLength; )
            {
                var message = (int)BitConverter.ToUInt32(rest);
                if (message < HeaderLength || message > rest.Length)
                    break;
                var type = BitConverter.ToUInt16(rest[4..]);
                if (type == ErrorMessage && BitConverter.ToInt32(rest[16..]) is not 0 and var refusal)
                    _refusal = refusal;
                if (type == PacketMessage)
                    _waiting.Writer.TryWrite((Stopwatch.GetTimestamp(), PacketOf(rest[HeaderLength..message])));
                rest = rest[Math.Min(Aligned(message), rest.Length)..];
            }
        }
    }

    /// <summary>The attribute 1 has the number first.</summary>
    private static uint PacketOf(ReadOnlySpan<byte> attributes)
    {
        while (BitConverter.ToUInt16(attributes[2..]) != 1)
            attributes = attributes[Aligned(BitConverter.ToUInt16(attributes))..];
        return BinaryPrimitives.ReadUInt32BigEndian(attributes[4..]);
    }

    private async Task ReleaseAsync()
    {
        await foreach (var (at, packet) in _waiting.Reader.ReadAllAsync(CancellationToken.None))
        {
            var rest = _delay - Stopwatch.GetElapsedTime(at);
            if (rest > TimeSpan.Zero && !_ended)
                await Task.Delay(rest, TimeProvider.System, CancellationToken.None);
            Accept(packet);
            Interlocked.Increment(ref _passed);
        }
    }

    private void Accept(uint packet)
    {
        Span<byte> verdict = stackalloc byte[8];
        BinaryPrimitives.WriteUInt32BigEndian(verdict, 1);
        BinaryPrimitives.WriteUInt32BigEndian(verdict[4..], packet);
        Send(VerdictMessage, Attribute(2, verdict));
    }

    private static byte[] Attribute(ushort type, ReadOnlySpan<byte> value)
    {
        var bytes = new byte[Aligned(4 + value.Length)];
        BitConverter.TryWriteBytes(bytes, (ushort)(4 + value.Length));
        BitConverter.TryWriteBytes(bytes.AsSpan(2), type);
        value.CopyTo(bytes.AsSpan(4));
        return bytes;
    }

    private void Send(int type, byte[] attribute)
    {
        var bytes = new byte[HeaderLength + attribute.Length];
        BitConverter.TryWriteBytes(bytes, bytes.Length);
        BitConverter.TryWriteBytes(bytes.AsSpan(4), (ushort)type);
        // A request. The queue's number is the header's last field.
        BitConverter.TryWriteBytes(bytes.AsSpan(6), (ushort)1);
        BinaryPrimitives.WriteUInt16BigEndian(bytes.AsSpan(18), _queue);
        attribute.CopyTo(bytes.AsSpan(HeaderLength));
        Checked((int)Send(_socket, bytes, bytes.Length, 0));
    }

    private static int Aligned(int length) => (length + 3) & ~3;

    private static int Checked(int result) =>
        result >= 0 ? result : throw new IOException($"netlink: {Marshal.GetLastPInvokeErrorMessage()}");

    [LibraryImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Socket(int family, int type, int protocol);

    [LibraryImport("libc", EntryPoint = "send", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Send(int socket, ReadOnlySpan<byte> bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "recv", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial nint Receive(int socket, Span<byte> bytes, nint length, int flags);

    [LibraryImport("libc", EntryPoint = "poll", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Poll(Span<int> descriptors, nuint count, int milliseconds);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Close(int descriptor);
}
