using System.Buffers;
using System.IO.Pipelines;

namespace Orleans.Chat.Gateway.Transports;

/* SignalR's output of a WebSocket: what it writes before a flush is one frame, straight to the stream, where the pushes go too. So answers, pings
 * and pushes keep the order in which they were written. SignalR writes one at a time. */
internal sealed class FrameWriter(PipeWriter replaced, FrameStream frames, bool text) : PipeWriter
{
    private const int Room = 1024;
    private byte[] _buffer = [];
    private int _length;

    public override void Advance(int bytes) => _length += bytes;

    public override Memory<byte> GetMemory(int sizeHint = 0)
    {
        Reserve(sizeHint);
        return _buffer.AsMemory(WebSocketFrame.MaxHeader + _length);
    }

    public override Span<byte> GetSpan(int sizeHint = 0) => GetMemory(sizeHint).Span;

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        if (_length == 0)
            return default;
        var (buffer, length) = (_buffer, _length);
        (_buffer, _length) = ([], 0);
        var start = WebSocketFrame.WriteHeaderBefore(buffer, length, text);
        var write = frames.WriteFrameAsync(buffer.AsMemory(start, WebSocketFrame.MaxHeader + length - start));
        if (!write.IsCompletedSuccessfully)
            return FinishAsync(write, buffer);
        ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    public override void CancelPendingFlush() => replaced.CancelPendingFlush();

    /// <summary>The WebSocket is closed by what waits for the end of SignalR's own output.</summary>
    public override void Complete(Exception? exception = null) => replaced.Complete(exception);

    private static async ValueTask<FlushResult> FinishAsync(ValueTask write, byte[] buffer)
    {
        await write;
        ArrayPool<byte>.Shared.Return(buffer);
        return default;
    }

    private void Reserve(int sizeHint)
    {
        var needed = WebSocketFrame.MaxHeader + _length + Math.Max(sizeHint, 1);
        if (needed <= _buffer.Length)
            return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(needed, Math.Max(Room, _buffer.Length * 2)));
        _buffer.AsSpan(0, Math.Min(_buffer.Length, WebSocketFrame.MaxHeader + _length)).CopyTo(larger);
        if (_buffer.Length > 0)
            ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = larger;
    }
}
