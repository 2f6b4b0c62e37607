using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Orleans.Chat.Load.Wire;

/* A WebSocket (RFC 6455) on a bare socket. The machine that makes the load is the one that is measured, so a receiver must cost next to nothing:
 * one buffer, payloads moved together in place, no objects per frame. What is sent is masked with zeros, which leaves it as it is. */
internal sealed class WebSocketPipe : IDisposable
{
    private const int Small = 4 * 1024;
    private const int Largest = 8 * 1024 * 1024;
    private readonly Socket _socket;
    private readonly Lock _lock = new();
    private byte[] _buffer = new byte[Small];
    private int _payload;
    private int _raw;
    private long _frameLeft;
    private bool _control;
    private byte[] _out = [];
    private byte[] _sending = [];
    private int _outLength;
    private bool _busy;

    private WebSocketPipe(Socket socket) => _socket = socket;

    /// <summary>Takes what arrived; returns how many bytes of it were whole messages.</summary>
    public delegate int Consume(ReadOnlySpan<byte> payload);

    /// <summary>Connects and upgrades.</summary>
    /// <exception cref="IOException">The server refused; the message is its status line.</exception>
    public static async Task<WebSocketPipe> ConnectAsync(Uri server, string pathAndQuery, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            var address = IPAddress.TryParse(server.Host, out var ip) ? ip : IPAddress.Loopback;
            await socket.ConnectAsync(new IPEndPoint(address, server.Port), cancellationToken);
            var pipe = new WebSocketPipe(socket);
            await pipe.UpgradeAsync(server, pathAndQuery, cancellationToken);
            return pipe;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Reads until the other side ends.</summary>
    public async Task ReceiveAsync(Consume consume, CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                Unwrap(consume);
                if (_raw == _buffer.Length)
                    Grow();
                var read = await _socket.ReceiveAsync(_buffer.AsMemory(_raw), cancellationToken);
                if (read == 0)
                    return;
                _raw += read;
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The connection is over; who counts connections sees it.
        }
    }

    /// <summary>Queues one binary or text message; <paramref name="patch"/> may change it in the buffer.</summary>
    public void Send(ReadOnlySpan<byte> frame, Action<Span<byte>>? patch = null)
    {
        lock (_lock)
        {
            if (_out.Length - _outLength < frame.Length)
                Array.Resize(ref _out, Math.Max(_out.Length * 2, _outLength + frame.Length));
            var place = _out.AsSpan(_outLength, frame.Length);
            frame.CopyTo(place);
            patch?.Invoke(place);
            _outLength += frame.Length;
            if (_busy)
                return;
            _busy = true;
        }
        _ = FlushAsync();
    }

    /// <summary>A frame with its header, as a client sends it: masked, with a mask of zeros.</summary>
    public static byte[] Frame(ReadOnlySpan<byte> payload, bool text)
    {
        var header =
            payload.Length < 126 ? 6
            : payload.Length <= ushort.MaxValue ? 8
            : 14;
        var frame = new byte[header + payload.Length];
        frame[0] = (byte)(text ? 0x81 : 0x82);
        if (header == 6)
        {
            frame[1] = (byte)(0x80 | payload.Length);
        }
        else if (header == 8)
        {
            frame[1] = 0x80 | 126;
            BinaryPrimitives.WriteUInt16BigEndian(frame.AsSpan(2), (ushort)payload.Length);
        }
        else
        {
            frame[1] = 0x80 | 127;
            BinaryPrimitives.WriteInt64BigEndian(frame.AsSpan(2), payload.Length);
        }
        payload.CopyTo(frame.AsSpan(header));
        return frame;
    }

    public void Dispose() => _socket.Dispose();

    private async Task UpgradeAsync(Uri server, string pathAndQuery, CancellationToken cancellationToken)
    {
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        var request =
            $"GET {pathAndQuery} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
            + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n";
        await _socket.SendAsync(Encoding.ASCII.GetBytes(request), cancellationToken);
        int end;
        while ((end = _buffer.AsSpan(0, _raw).IndexOf("\r\n\r\n"u8)) < 0)
        {
            var read = _raw < _buffer.Length ? await _socket.ReceiveAsync(_buffer.AsMemory(_raw), cancellationToken) : 0;
            if (read == 0)
                throw new IOException("The server ended the upgrade.");
            _raw += read;
        }
        var status = Encoding.ASCII.GetString(_buffer, 0, _buffer.AsSpan(0, end + 2).IndexOf("\r\n"u8));
        if (!status.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            throw new IOException(status);
        _raw -= end + 4;
        _buffer.AsSpan(end + 4, _raw).CopyTo(_buffer);
    }

    /// <summary>Moves the payloads of the frames that arrived together, has them consumed, and keeps the rest.</summary>
    private void Unwrap(Consume consume)
    {
        var at = _payload;
        while (at < _raw)
        {
            if (_frameLeft == 0)
            {
                var header = Header(_buffer.AsSpan(at, _raw - at));
                if (header == 0)
                    break;
                at += header;
                continue;
            }
            var part = (int)Math.Min(_frameLeft, _raw - at);
            if (!_control)
            {
                _buffer.AsSpan(at, part).CopyTo(_buffer.AsSpan(_payload));
                _payload += part;
            }
            _frameLeft -= part;
            at += part;
        }
        var used = _payload == 0 ? 0 : consume(_buffer.AsSpan(0, _payload));
        if (used > 0)
            _buffer.AsSpan(used, _payload - used).CopyTo(_buffer);
        _payload -= used;
        _buffer.AsSpan(at, _raw - at).CopyTo(_buffer.AsSpan(_payload));
        _raw = _payload + (_raw - at);
    }

    /// <summary>The length of a whole header, which is then noted; 0 when it has not arrived.</summary>
    private int Header(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length < 2)
            return 0;
        var length = bytes[1] & 0x7f;
        var header =
            length < 126 ? 2
            : length == 126 ? 4
            : 10;
        if (bytes.Length < header)
            return 0;
        _frameLeft = header switch
        {
            2 => length,
            4 => BinaryPrimitives.ReadUInt16BigEndian(bytes[2..]),
            _ => BinaryPrimitives.ReadInt64BigEndian(bytes[2..]),
        };
        _control = (bytes[0] & 0x08) != 0;
        return header;
    }

    private void Grow()
    {
        if (_buffer.Length >= Largest)
            throw new InvalidDataException("A message is larger than any that a server should send.");
        Array.Resize(ref _buffer, _buffer.Length * 2);
    }

    private async Task FlushAsync()
    {
        try
        {
            while (true)
            {
                int length;
                lock (_lock)
                {
                    if (_outLength == 0)
                    {
                        _busy = false;
                        return;
                    }
                    (_out, _sending, length, _outLength) = (_sending, _out, _outLength, 0);
                }
                for (var sent = 0; sent < length; )
                    sent += await _socket.SendAsync(_sending.AsMemory(sent, length - sent), SocketFlags.None);
            }
        }
        catch (Exception ended) when (ended is SocketException or ObjectDisposedException)
        {
            // As when receiving.
        }
    }
}
