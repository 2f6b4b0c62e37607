using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Orleans.Chat.Support;

/// <summary>A status and a body; the body is undefined where the answer had none.</summary>
public readonly record struct RawAnswer(int Status, JsonElement Body, HttpResponseHeaders Headers)
{
    /// <summary>The <c>code</c> of a problem, or null.</summary>
    public string? Code => Body.ValueKind == JsonValueKind.Object && Body.TryGetProperty("code", out var code) ? code.GetString() : null;

    /// <summary>A text of the body.</summary>
    public string Text(string name) => Body.GetProperty(name).GetString()!;
}

/* The wire as it is, with nothing of the SDK's and no type of Protocol's: what a test says here is what a client written elsewhere
 * would say, so that a mistake made on both sides of our own types does not cancel out. */
public sealed class RawClient : IAsyncDisposable
{
    private readonly Func<HttpMessageHandler>? _handler;
    private readonly TestAuthority? _authority;
    private readonly List<RawHub> _hubs = [];

    /// <summary>
    /// A client of the server at this root; <paramref name="handler"/> is for servers inside the test, <paramref name="authority"/> for those that
    /// have a certificate of it.
    /// </summary>
    public RawClient(Uri server, Func<HttpMessageHandler>? handler = null, TestAuthority? authority = null)
    {
        Server = server;
        _handler = handler;
        _authority = authority;
        Http = new HttpClient(handler?.Invoke() ?? authority?.Handler() ?? (HttpMessageHandler)new HttpClientHandler())
        {
            BaseAddress = new Uri(server, "/api/v1/"),
        };
    }

    /// <summary>The server's root.</summary>
    public Uri Server { get; }

    /// <summary>With the token, once there is one, and the base address <c>/api/v1/</c>.</summary>
    public HttpClient Http { get; }

    /// <summary>The last token that registering, or signing in, gave.</summary>
    public string? AccessToken { get; private set; }

    /// <summary>The last refresh token.</summary>
    public string? RefreshToken { get; private set; }

    /// <summary>Who is signed in.</summary>
    public string? UserId { get; private set; }

    /// <summary>Makes an account, signs in to it, and fails unless that worked.</summary>
    public async Task<RawAnswer> RegisterAsync(string userId, string? displayName = null, string password = "correct horse battery")
    {
        var body = new
        {
            user_id = userId,
            display_name = displayName ?? userId,
            password,
        };
        return SignIn(await PostAsync("auth/register", body), 201);
    }

    /// <summary>Signs in, and fails unless that worked.</summary>
    public async Task<RawAnswer> LoginAsync(string userId, string password = "correct horse battery") =>
        SignIn(await PostAsync("auth/login", new { user_id = userId, password }), 200);

    /// <summary>Uses a token from elsewhere; null uses none.</summary>
    public void UseToken(string? token)
    {
        AccessToken = token;
        Http.DefaultRequestHeaders.Authorization = token is null ? null : new AuthenticationHeaderValue("Bearer", token);
    }

    public Task<RawAnswer> GetAsync(string path) => CallAsync(HttpMethod.Get, path);

    public Task<RawAnswer> PostAsync(string path, object? body = null) => CallAsync(HttpMethod.Post, path, body);

    public Task<RawAnswer> PutAsync(string path, object? body = null) => CallAsync(HttpMethod.Put, path, body);

    public Task<RawAnswer> PatchAsync(string path, object? body = null) => CallAsync(HttpMethod.Patch, path, body);

    public Task<RawAnswer> DeleteAsync(string path) => CallAsync(HttpMethod.Delete, path);

    /// <summary>One request to a path below <c>/api/v1/</c>, or from the root when it begins with a slash; no status is an error.</summary>
    public async Task<RawAnswer> CallAsync(HttpMethod method, string path, object? body = null)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.RelativeOrAbsolute));
        if (body is not null)
            request.Content = body as HttpContent ?? JsonContent.Create(body, body.GetType());
        using var answer = await Http.SendAsync(request);
        var bytes = await answer.Content.ReadAsByteArrayAsync();
        var isJson = answer.Content.Headers.ContentType?.MediaType?.EndsWith("json", StringComparison.Ordinal) == true;
        return new RawAnswer((int)answer.StatusCode, bytes.Length > 0 && isJson ? JsonElement.Parse(bytes) : default, answer.Headers);
    }

    /// <summary>Opens a hub connection with the token and waits for its <c>hello</c>; it is closed with the client.</summary>
    public async Task<RawHub> ConnectAsync(bool awaitHello = true)
    {
        var hub = new RawHub(Server, () => AccessToken, _handler, authority: _authority);
        _hubs.Add(hub);
        await hub.StartAsync();
        if (awaitHello)
            await hub.Events.WaitForTypeAsync("hello");
        return hub;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var hub in _hubs)
            await hub.DisposeAsync();
        Http.Dispose();
    }

    private RawAnswer SignIn(RawAnswer answer, int expected)
    {
        if (answer.Status != expected)
            throw new InvalidOperationException($"Signing in answered {answer.Status}: {answer.Body}");
        UseToken(answer.Text("access_token"));
        RefreshToken = answer.Text("refresh_token");
        UserId = answer.Text("user_id");
        return answer;
    }
}
