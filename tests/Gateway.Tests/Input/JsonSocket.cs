using System.Net.WebSockets;
using System.Text;
using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>The hub's JSON protocol by hand: sends what no client library would.</summary>
internal sealed class JsonSocket : IAsyncDisposable
{
    private const char End = '\u001e';
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);
    private readonly ClientWebSocket _socket = new();
    private readonly StringBuilder _received = new();
    private int _calls;

    public static async Task<JsonSocket> ConnectAsync(Uri server, string? token)
    {
        var socket = new JsonSocket();
        var uri = new UriBuilder(server)
        {
            Scheme = "ws",
            Path = "/hubs/chat",
            Query = "access_token=" + token,
        };
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await socket._socket.ConnectAsync(uri.Uri, limit.Token);
        await socket.SendAsync("""{"protocol":"json","version":1}""");
        (await socket.NextAsync(limit.Token)).ShouldBe("{}");
        return socket;
    }

    /// <summary>One message as it is written here.</summary>
    public async Task SendAsync(string message)
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        await _socket.SendAsync(Encoding.UTF8.GetBytes(message + End), WebSocketMessageType.Text, endOfMessage: true, limit.Token);
    }

    /// <summary>Calls a method with these arguments, a JSON array as text. Null: the connection ended.</summary>
    public async Task<JsonElement?> CallAsync(string method, string arguments)
    {
        var id = (++_calls).ToString(System.Globalization.CultureInfo.InvariantCulture);
        await SendAsync($$"""{"type":1,"invocationId":"{{id}}","target":"{{method}}","arguments":{{arguments}}}""");
        return await AnswerAsync(id);
    }

    /// <summary>The completion of a call; null when the connection ended before.</summary>
    public async Task<JsonElement?> AnswerAsync(string id)
    {
        // The server's pings do not make it longer.
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        while (await NextAsync(limit.Token) is { } message)
        {
            var json = JsonElement.Parse(message);
            if (json.GetProperty("type").GetInt32() == 3 && json.GetProperty("invocationId").GetString() == id)
                return json;
        }
        return null;
    }

    /// <summary>The problem of a completion; undefined where there is none.</summary>
    public static JsonElement ProblemOf(JsonElement? completion) =>
        completion is { } json
        && json.TryGetProperty("error", out var error)
        && error.GetString()!.IndexOf('{', StringComparison.Ordinal) is >= 0 and var start
            ? JsonElement.Parse(error.GetString()![start..])
            : default;

    public ValueTask DisposeAsync()
    {
        _socket.Dispose();
        return ValueTask.CompletedTask;
    }

    private async Task<string?> NextAsync(CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        while (true)
        {
            var all = _received.ToString();
            if (all.IndexOf(End, StringComparison.Ordinal) is >= 0 and var end)
            {
                _received.Clear().Append(all.AsSpan(end + 1));
                return all[..end];
            }
            try
            {
                var got = await _socket.ReceiveAsync(buffer, cancellationToken);
                if (got.MessageType == WebSocketMessageType.Close)
                    return null;
                _received.Append(Encoding.UTF8.GetString(buffer, 0, got.Count));
            }
            catch (WebSocketException)
            {
                return null;
            }
        }
    }
}
