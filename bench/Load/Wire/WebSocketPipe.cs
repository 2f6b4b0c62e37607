using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Orleans.Chat.Load.Wire;

/* A WebSocket (RFC 6455) on a bare socket. The machine that makes the load is the one that is measured, so a receiver must cost next to nothing:
 * one buffer, payloads moved together in place, no objects per frame. What is sent is masked with zeros, which leaves it as it is.
 * What arrives is read by the thread of SocketLoop, and consumed there: so the consumer must not wait for anything. */
internal sealed class WebSocketPipe : IDisposable
{
    private const int Small = 4 * 1024;
    private const int Largest = 8 * 1024 * 1024;
    private readonly Socket _socket = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
    private readonly TaskCompletionSource _upgraded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Consume _consume;
    private readonly Lock _lock = new();
    private int _descriptor;
    private byte[] _buffer = new byte[Small];
    private int _payload;
    private int _raw;
    private long _frameLeft;
    private bool _control;
    private byte[] _out = [];
    private int _outLength;

    public WebSocketPipe(Consume consume) => _consume = consume;

    /// <summary>Takes what arrived; returns how many bytes of it were whole messages.</summary>
    public delegate int Consume(ReadOnlySpan<byte> payload);

    /// <summary>Completes when the other side ended, or this one.</summary>
    public Task Ended => _ended.Task;

    /// <summary>Connects and upgrades.</summary>
    /// <exception cref="UpgradeRefusedException">The server refused.</exception>
    /// <exception cref="IOException">The connection ended before there was an answer.</exception>
    public async Task ConnectAsync(Uri server, string pathAndQuery, CancellationToken cancellationToken)
    {
        Connect(server);
        var key = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        Send(
            Encoding.ASCII.GetBytes(
                $"GET {pathAndQuery} HTTP/1.1\r\nHost: {server.Authority}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                    + $"Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: {key}\r\n\r\n"
            )
        );
        await _upgraded.Task.WaitAsync(cancellationToken);
    }

    /// <summary>Sends one binary or text message; <paramref name="patch"/> may change it in the buffer. What does not fit now follows when it does.</summary>
    public void Send(ReadOnlySpan<byte> frame, Action<Span<byte>>? patch = null)
    {
        lock (_lock)
        {
            if (Ended.IsCompleted)
                return;
            if (_out.Length - _outLength < frame.Length)
                Array.Resize(ref _out, Math.Max(_out.Length * 2, _outLength + frame.Length));
            var place = _out.AsSpan(_outLength, frame.Length);
            frame.CopyTo(place);
            patch?.Invoke(place);
            var waits = _outLength > 0;
            _outLength += frame.Length;
            if (waits)
                return;
            Flush();
            if (_outLength > 0)
                SocketLoop.Shared.AwaitWrite(_descriptor, write: true);
        }
    }

    /// <summary>The loop's: the socket can be read or written.</summary>
    public void Ready(Readiness what)
    {
        try
        {
            if (what.HasFlag(Readiness.Write))
                GoOn();
            if (what.HasFlag(Readiness.Read) && !Read())
                Dispose();
        }
        catch (ObjectDisposedException)
        {
            // Closed meanwhile.
        }
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

    public void Dispose()
    {
        lock (_lock)
        {
            _ended.TrySetResult();
            _socket.Dispose();
        }
        if (_upgraded.TrySetException(new IOException("The server ended the upgrade.")))
            _ = _upgraded.Task.Exception; // There may be nobody who waits for it.
    }

    /// <summary>Waits for one round trip; asynchronously, the runtime would watch the socket for ever, beside the loop.</summary>
    private void Connect(Uri server)
    {
        _socket.Connect(new IPEndPoint(IPAddress.TryParse(server.Host, out var ip) ? ip : IPAddress.Loopback, server.Port));
        _socket.Blocking = false;
        _descriptor = (int)_socket.Handle;
        SocketLoop.Shared.Add(_descriptor, this);
    }

    /// <summary>Takes what has arrived; false at the end.</summary>
    private bool Read()
    {
        if (_raw == _buffer.Length)
            Grow();
        var read = _socket.Receive(_buffer.AsSpan(_raw), SocketFlags.None, out var error);
        if (read == 0)
            return error == SocketError.WouldBlock;
        _raw += read;
        if (_upgraded.Task.IsCompletedSuccessfully || Upgrade())
            Unwrap();
        return true;
    }

    /// <summary>Whether the answer to the upgrade is there, which is then taken.</summary>
    private bool Upgrade()
    {
        var end = _buffer.AsSpan(0, _raw).IndexOf("\r\n\r\n"u8);
        if (end < 0)
            return false;
        var head = Encoding.ASCII.GetString(_buffer, 0, end);
        _raw -= end + 4;
        _buffer.AsSpan(end + 4, _raw).CopyTo(_buffer);
        if (head.StartsWith("HTTP/1.1 101", StringComparison.Ordinal))
            return _upgraded.TrySetResult();
        _upgraded.TrySetException(new UpgradeRefusedException(head));
        return false;
    }

    private void GoOn()
    {
        lock (_lock)
        {
            if (Ended.IsCompleted)
                return;
            Flush();
            if (_outLength == 0)
                SocketLoop.Shared.AwaitWrite(_descriptor, write: false);
        }
    }

    /// <summary>Writes what the socket takes. An error shows when it is read.</summary>
    private void Flush()
    {
        var sent = _socket.Send(_out.AsSpan(0, _outLength), SocketFlags.None, out var error);
        if (error is not (SocketError.Success or SocketError.WouldBlock))
            sent = _outLength;
        _outLength -= sent;
        _out.AsSpan(sent, _outLength).CopyTo(_out);
    }

    /// <summary>Moves the payloads of the frames that arrived together, has them consumed, and keeps the rest.</summary>
    private void Unwrap()
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
        var used = _payload == 0 ? 0 : _consume(_buffer.AsSpan(0, _payload));
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
}
