using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Population;

namespace Orleans.Chat.Load.Chaos;

/// <summary>What came of a call: 0 where nothing is known, because nothing came back.</summary>
[System.Runtime.InteropServices.StructLayout(System.Runtime.InteropServices.LayoutKind.Auto)]
internal readonly record struct CallAnswer(int Status, JsonElement Body)
{
    public bool Worked => Status is >= 200 and < 300;

    /// <summary>Whether it may be made again and may have worked.</summary>
    public bool IsOpen => Status is 0 or 503 or 500 or 502 or 504;

    /// <summary>It had no effect, and may be made again later.</summary>
    public bool IsLater => Status is 429 || (Status == 503 && Code == "overloaded");

    public string Code =>
        Status == 0 ? "no_answer"
        : Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString()!
        : $"status_{Status}";
}

/// <summary>REST calls of one user, to whatever gateway answers. An answer that does not come is an answer too: a fault is why this runs.</summary>
internal sealed class ChatApi(IReadOnlyList<Uri> servers, LoadUser user) : IDisposable
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);
    private readonly HttpClient _http = new(new SocketsHttpHandler { ConnectTimeout = TimeSpan.FromSeconds(2) })
    {
        Timeout = TimeSpan.FromSeconds(8),
        DefaultRequestHeaders = { Authorization = new AuthenticationHeaderValue("Bearer", user.Token) },
    };
    private int _at = user.Number;

    /// <summary>One try, to the gateway that answered last.</summary>
    public async Task<CallAnswer> TryAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        var at = Volatile.Read(ref _at);
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(servers[at % servers.Count], "/api/v1/" + path));
            if (body is not null)
                request.Content = JsonContent.Create(body);
            using var answer = await _http.SendAsync(request, cancellationToken);
            var bytes = await answer.Content.ReadAsByteArrayAsync(cancellationToken);
            return new CallAnswer((int)answer.StatusCode, bytes.Length > 0 ? JsonElement.Parse(bytes) : default);
        }
        catch (Exception e) when (e is HttpRequestException or IOException or TaskCanceledException or JsonException)
        {
            cancellationToken.ThrowIfCancellationRequested();
            Interlocked.CompareExchange(ref _at, at + 1, at);
            return default;
        }
    }

    /// <summary>Reads, or writes that may be repeated: until there is an answer.</summary>
    public async Task<CallAnswer> CallAsync(HttpMethod method, string path, JsonNode? body, CancellationToken cancellationToken)
    {
        while (true)
        {
            var answer = await TryAsync(method, path, body?.DeepClone(), cancellationToken);
            if (!answer.IsOpen && !answer.IsLater)
                return answer;
            await Task.Delay(Pause, TimeProvider.System, cancellationToken);
        }
    }

    public void Dispose() => _http.Dispose();
}
