using System.IO.Pipelines;
using System.Net.WebSockets;
using Orleans.Chat.Gateway.Transports;

namespace Orleans.Chat.Gateway.Tests.Transports;

/// <summary>A real WebSocket on the stream, and the runtime's client at the other end.</summary>
public sealed class FrameStreamTests : IDisposable
{
    private readonly Pipe _toClient = new(new PipeOptions(pauseWriterThreshold: 64 * 1024, resumeWriterThreshold: 32 * 1024));
    private readonly Pipe _toServer = new();
    private readonly FrameStream _frames;
    private readonly WebSocket _server;
    private readonly WebSocket _client;

    public FrameStreamTests()
    {
        _frames = new FrameStream(new Duplex(_toServer.Reader.AsStream(), _toClient.Writer.AsStream()));
        _server = WebSocket.CreateFromStream(_frames, new WebSocketCreationOptions { IsServer = true });
        _client = WebSocket.CreateFromStream(
            new Duplex(_toClient.Reader.AsStream(), _toServer.Writer.AsStream()),
            new WebSocketCreationOptions { IsServer = false }
        );
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(0)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(65_535)]
    [InlineData(65_536)]
    public async Task A_frame_of_any_length_is_read_by_a_WebSocket(int length)
    {
        await SayAsync("handshake");
        (await ReadAsync()).ShouldBe((WebSocketMessageType.Text, "handshake"));
        var text = new string('x', length);

        var write = _frames.WriteFrameAsync(WebSocketFrame.Of(Bytes(text), text: false)).AsTask();

        (await ReadAsync()).ShouldBe((WebSocketMessageType.Binary, text));
        await write;
    }

    [Fact]
    public async Task Nothing_goes_before_the_handshake()
    {
        var push = _frames.WriteFrameAsync(WebSocketFrame.Of(Bytes("push"), text: true)).AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Ct);
        push.IsCompleted.ShouldBeFalse();

        await SayAsync("handshake");

        (await ReadAsync()).Text.ShouldBe("handshake");
        (await ReadAsync()).Text.ShouldBe("push");
        await push;
    }

    [Fact]
    public async Task Frames_of_several_writers_do_not_mix()
    {
        await SayAsync("handshake");
        await ReadAsync();
        const int Each = 200;
        var writers = new[] { 'a', 'b', 'c' }
            .Select(name =>
                Task.Run(
                    async () =>
                    {
                        for (var i = 0; i < Each; i++)
                        {
                            var text = new string(name, 1 + (i * 37 % 3_000));
                            if (name == 'a')
                                await SayAsync(text);
                            else
                                await _frames.WriteFrameAsync(WebSocketFrame.Of(Bytes(text), text: true));
                        }
                    },
                    Ct
                )
            )
            .ToArray();

        var lengths = new Dictionary<char, List<int>>();
        for (var i = 0; i < 3 * Each; i++)
        {
            var (_, text) = await ReadAsync();
            text.ShouldAllBe(c => c == text[0]);
            if (!lengths.TryGetValue(text[0], out var seen))
                lengths.Add(text[0], seen = []);
            seen.Add(text.Length);
        }
        await Task.WhenAll(writers);

        // Each writer's own order is kept.
        foreach (var seen in lengths.Values)
            seen.ShouldBe(Enumerable.Range(0, Each).Select(i => 1 + (i * 37 % 3_000)));
    }

    [Fact]
    public async Task A_write_waits_while_nobody_reads_and_holds_the_next()
    {
        await SayAsync("handshake");
        var frame = WebSocketFrame.Of(new byte[40_000], text: false);
        await _frames.WriteFrameAsync(frame);

        var stuck = _frames.WriteFrameAsync(frame).AsTask();
        var behind = _frames.WriteFrameAsync(frame).AsTask();
        await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, Ct);

        stuck.IsCompleted.ShouldBeFalse();
        behind.IsCompleted.ShouldBeFalse();
        for (var i = 0; i < 4; i++)
            await ReadAsync();
        await Task.WhenAll(stuck, behind);
    }

    [Fact]
    public async Task Nothing_follows_a_close()
    {
        await SayAsync("handshake");
        await ReadAsync();
        await _server.CloseOutputAsync(WebSocketCloseStatus.NormalClosure, null, Ct);

        await _frames.WriteFrameAsync(WebSocketFrame.Of(Bytes("late"), text: true));

        (await ReadAsync()).Type.ShouldBe(WebSocketMessageType.Close);
        await _toClient.Writer.CompleteAsync();
        (await _toClient.Reader.ReadAsync(Ct)).Buffer.Length.ShouldBe(0);
    }

    [Fact]
    public async Task What_waits_for_the_handshake_of_a_connection_that_ends_ends_too()
    {
        var push = _frames.WriteFrameAsync(WebSocketFrame.Of(Bytes("push"), text: true)).AsTask();

        await _frames.DisposeAsync();

        await Should.ThrowAsync<OperationCanceledException>(push);
    }

    [Fact]
    public async Task What_is_written_before_a_flush_is_one_frame()
    {
        await SayAsync("handshake");
        await ReadAsync();
        var writer = new FrameWriter(_toServer.Writer, _frames, text: true);
        foreach (var part in new[] { "one ", new string('x', 3_000), " two" })
        {
            Bytes(part).CopyTo(writer.GetSpan(part.Length));
            writer.Advance(part.Length);
        }

        await writer.FlushAsync(Ct);
        await writer.FlushAsync(Ct);
        Bytes("next").CopyTo(writer.GetMemory(4));
        writer.Advance(4);
        await writer.FlushAsync(Ct);

        (await ReadAsync()).Text.ShouldBe($"one {new string('x', 3_000)} two");
        (await ReadAsync()).Text.ShouldBe("next");
    }

    public void Dispose()
    {
        _server.Dispose();
        _client.Dispose();
        _frames.Dispose();
    }

    private static byte[] Bytes(string text) => System.Text.Encoding.UTF8.GetBytes(text);

    private Task SayAsync(string text) => _server.SendAsync(Bytes(text), WebSocketMessageType.Text, endOfMessage: true, Ct);

    private async Task<(WebSocketMessageType Type, string Text)> ReadAsync()
    {
        var buffer = new byte[128 * 1024];
        var length = 0;
        while (true)
        {
            var part = await _client.ReceiveAsync(buffer.AsMemory(length), Ct);
            length += part.Count;
            if (part.EndOfMessage)
                return (part.MessageType, System.Text.Encoding.UTF8.GetString(buffer, 0, length));
        }
    }

    private sealed class Duplex(Stream input, Stream output) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            input.ReadAsync(buffer, cancellationToken);

        // As Kestrel's stream does, a write is flushed.
        public override async ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
        {
            await output.WriteAsync(buffer, cancellationToken);
            await output.FlushAsync(cancellationToken);
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => output.FlushAsync(cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => input.Read(buffer, offset, count);

        public override void Write(byte[] buffer, int offset, int count) => output.Write(buffer, offset, count);

        public override void Flush() => output.Flush();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
