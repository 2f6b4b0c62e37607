namespace Orleans.Chat.Gateway.Transports;

/* The stream under a WebSocket (RFC 6455), with other writers beside it: whoever writes has the stream for whole frames, which is how the
 * WebSocket writes too. The handshake of the hub protocol is the WebSocket's first data frame, and nothing of the others goes before it;
 * nothing follows a close. */
internal sealed class FrameStream(Stream inner) : Stream
{
    private const int OpcodeMask = 0x0f;
    private const int CloseOpcode = 8;
    private readonly SemaphoreSlim _turn = new(1, 1);
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile bool _closing;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => true;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <summary>Writes one or more whole frames beside the WebSocket; incomplete while the client does not read.</summary>
    public ValueTask WriteFrameAsync(ReadOnlyMemory<byte> frame)
    {
        if (!_opened.Task.IsCompletedSuccessfully)
            return WaitAndWriteAsync(frame);
        var turn = _turn.WaitAsync();
        return turn.IsCompletedSuccessfully ? WriteUnlessClosing(frame) : WriteAfterAsync(turn, frame);
    }

    /// <summary>What the WebSocket writes: one frame a call.</summary>
    public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        await _turn.WaitAsync(cancellationToken);
        var opcode = buffer.Span[0] & OpcodeMask;
        _closing |= opcode == CloseOpcode;
        await WriteInTurn(buffer, cancellationToken);
        if (opcode < CloseOpcode)
            _opened.TrySetResult();
    }

    public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        WriteAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    /// <summary>Nothing to do: Kestrel flushes with each write, and a flush beside another's write would be a second writer at the same time.</summary>
    public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        inner.ReadAsync(buffer, cancellationToken);

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        inner.ReadAsync(buffer, offset, count, cancellationToken);

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _opened.TrySetCanceled();
            inner.Dispose();
        }
        base.Dispose(disposing);
    }

    private async ValueTask WaitAndWriteAsync(ReadOnlyMemory<byte> frame)
    {
        await _opened.Task;
        await WriteAfterAsync(_turn.WaitAsync(), frame);
    }

    private async ValueTask WriteAfterAsync(Task turn, ReadOnlyMemory<byte> frame)
    {
        await turn;
        await WriteUnlessClosing(frame);
    }

    private ValueTask WriteUnlessClosing(ReadOnlyMemory<byte> frame)
    {
        if (!_closing)
            return WriteInTurn(frame, CancellationToken.None);
        // The client was told that nothing more comes; it asks for what it missed when it is back.
        _turn.Release();
        return ValueTask.CompletedTask;
    }

    private ValueTask WriteInTurn(ReadOnlyMemory<byte> frame, CancellationToken cancellationToken)
    {
        ValueTask write;
        try
        {
            write = inner.WriteAsync(frame, cancellationToken);
        }
        catch
        {
            _turn.Release();
            throw;
        }
        if (!write.IsCompletedSuccessfully)
            return FinishAsync(write);
#pragma warning disable MA0042, VSTHRD103 // It is complete, and its source is to be told that it was seen.
        write.GetAwaiter().GetResult();
#pragma warning restore MA0042, VSTHRD103
        _turn.Release();
        return ValueTask.CompletedTask;
    }

    private async ValueTask FinishAsync(ValueTask write)
    {
        try
        {
            await write;
        }
        finally
        {
            _turn.Release();
        }
    }
}
