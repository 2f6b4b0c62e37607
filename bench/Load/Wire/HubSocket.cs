using System.Buffers.Text;
using System.Diagnostics;
using System.Text;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Measuring;

namespace Orleans.Chat.Load.Wire;

/* One user's connection: sends by template, counts what comes in, and tells the scenario when a send was answered. */
internal sealed class HubSocket : IHubSink, IDisposable
{
    private const int Slots = 1 << 12;
    private readonly WebSocketPipe _pipe;
    private readonly HubFraming _framing;
    private readonly Recorder _recorder;
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly (long Intended, int Others, bool Waits)[] _sends;
    private readonly CancellationTokenSource _closing = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource<string>? _call;
    private int _callId = -1;
    private int _next;

    private static ReadOnlySpan<byte> GapMark => "after_revision"u8;

    private static ReadOnlySpan<byte> SyncMark => "sync.required"u8;

    private HubSocket(HubFraming framing, int user, Recorder recorder, bool sends)
    {
        (_framing, User, _recorder) = (framing, user, recorder);
        _sends = sends ? new (long, int, bool)[Slots] : [];
        _pipe = new WebSocketPipe(bytes => _framing.Parse(bytes, this));
    }

    /// <summary>The user's number.</summary>
    public int User { get; }

    /// <summary>Completes when the server ended the connection.</summary>
    public Task Ended => _pipe.Ended;

    /// <summary>Completes with the first push, which is the hello of a server that says one.</summary>
    public Task Ready => _ready.Task;

    /// <summary>Called when a send was answered, with the code of a refusal or null.</summary>
    public Action<HubSocket, string?>? Answered { get; set; }

    public static async Task<HubSocket> ConnectAsync(
        Uri server,
        string token,
        HubFraming framing,
        int user,
        Recorder recorder,
        bool sends,
        CancellationToken cancellationToken
    )
    {
        var socket = new HubSocket(framing, user, recorder, sends);
        try
        {
            await socket._pipe.ConnectAsync(server, "/hubs/chat?access_token=" + Uri.EscapeDataString(token), cancellationToken);
            socket._pipe.Send(framing.Handshake);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Sends one message that was meant to be sent at this time; <see cref="Answered"/> tells when it is durable.</summary>
    public void Send(SendTemplate template, long intended)
    {
        int id;
        lock (_lock)
        {
            id = _next++ & (Slots - 1);
            _sends[id] = (intended, template.Others, true);
        }
        _recorder.Sent();
        _pipe.Send(
            template.Frame,
            frame =>
            {
                Utf8Formatter.TryFormat(id, frame.Slice(template.IdAt, 8), out _, new System.Buffers.StandardFormat('x', 8));
                Guid.CreateVersion7().TryFormat(frame.Slice(template.MessageIdAt, 36), out _);
                Stamp.Write(frame[template.StampAt..], intended, User);
            }
        );
    }

    /// <summary>Calls a method; answers the error's words, or an empty text. One at a time.</summary>
    public async Task<string> CallAsync(string method, JsonNode argument)
    {
        var call = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        (_call, _callId) = (call, Slots);
        _pipe.Send(_framing.Call(method, _callId, argument));
        return await call.Task.WaitAsync(TimeSpan.FromSeconds(60), TimeProvider.System, _closing.Token);
    }

    /// <summary>Calls a method that does not answer.</summary>
    public void Tell(string method, JsonNode argument) => _pipe.Send(_framing.Call(method, null, argument));

    public void Ping() => _pipe.Send(_framing.Ping);

    public void Completed(int id, ReadOnlySpan<byte> error)
    {
        if (id == _callId && _call is { } call)
        {
            _callId = -1;
            call.TrySetResult(Encoding.UTF8.GetString(error));
            return;
        }
        if ((uint)id >= (uint)_sends.Length)
            return;
        (long Intended, int Others, bool Waits) send;
        lock (_lock)
        {
            if (!_sends[id].Waits)
                return;
            (send, _sends[id]) = (_sends[id], default);
        }
        var code = error.IsEmpty ? null : CodeOf(error);
        _recorder.Acknowledged(send.Intended, Stopwatch.GetTimestamp(), send.Others, code);
        Answered?.Invoke(this, code);
    }

    public void Pushed(ReadOnlySpan<byte> message)
    {
        if (!_ready.Task.IsCompleted)
            _ready.TrySetResult();
        var now = Stopwatch.GetTimestamp();
        var found = 0;
        // A client would ask for what is missing now. It may stand beside messages of other chats.
        if (message.IndexOf(GapMark) >= 0)
            _recorder.Problem("gap");
        else if (message.IndexOf(SyncMark) >= 0)
            _recorder.Problem("sync.required");
        for (int at; (at = message.IndexOf(Stamp.Mark)) >= 0; found++)
        {
            message = message[at..];
            if (message.Length < Stamp.Length)
                break;
            if (Stamp.TryRead(message, out var time, out var sender))
                _recorder.Received(time, now, own: sender == User);
            message = message[Stamp.Length..];
        }
        _recorder.Pushed(found);
    }

    public void Closed(ReadOnlySpan<byte> message) => _recorder.Problem("closed");

    public void Dispose()
    {
        _closing.Cancel();
        _pipe.Dispose();
    }

    private static string CodeOf(ReadOnlySpan<byte> error)
    {
        // The problem is JSON in the words of the error; escaped where they are JSON themselves.
        var text = Encoding
            .UTF8.GetString(error)
            .Replace("\\", "", StringComparison.Ordinal)
            .Replace("u0022", "\"", StringComparison.Ordinal);
        var at = text.IndexOf("\"code\":\"", StringComparison.Ordinal);
        return at < 0 ? "error" : text[(at + 8)..].Split('"')[0];
    }
}
