using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Orleans.Chat.Client.Accounts;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Http;

/// <summary>REST: one request with the caller's token, a second one with a fresh token when the first was refused for it.</summary>
internal sealed class RestCalls : IAuthCalls, IAsyncDisposable
{
    private readonly HttpClient _http;

    public RestCalls(ChatClientOptions options)
    {
        _http = options.HttpHandler is { } make ? new HttpClient(make()) : new HttpClient();
        _http.BaseAddress = new Uri(options.Server, "api/v1/");
        Tokens = new AccessTokens(options, this);
    }

    public AccessTokens Tokens { get; }

    /// <summary>A call that answers something.</summary>
    public Task<T> CallAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        CallAsync(method, path, body, ReadAsync<T>, cancellationToken);

    /// <summary>A call whose answer is empty.</summary>
    public Task CallAsync(HttpMethod method, string path, object? body, CancellationToken cancellationToken) =>
        CallAsync(method, path, body, (_, _) => Task.FromResult(true), cancellationToken);

    /// <summary>A call that needs no token.</summary>
    public async Task<T> CallOpenAsync<T>(HttpMethod method, string path, object? body, CancellationToken cancellationToken)
    {
        using var answer = await SendAsync(method, path, body, token: null, cancellationToken);
        await ThrowIfRefusedAsync(answer, cancellationToken);
        return await ReadAsync<T>(answer, cancellationToken);
    }

    public Task<Tokens> RefreshAsync(string refreshToken, CancellationToken cancellationToken) =>
        CallOpenAsync<Tokens>(HttpMethod.Post, "auth/refresh", new RefreshTokens { RefreshToken = refreshToken }, cancellationToken);

    public Task<Tokens> LoginAsync(Credentials credentials, CancellationToken cancellationToken)
    {
        var (userId, password, device) = credentials;
        var body = new Login
        {
            UserId = userId,
            Password = password,
            DeviceName = device,
        };
        return CallOpenAsync<Tokens>(HttpMethod.Post, "auth/login", body, cancellationToken);
    }

    public async ValueTask DisposeAsync()
    {
        await Tokens.DisposeAsync();
        _http.Dispose();
    }

    private async Task<T> CallAsync<T>(
        HttpMethod method,
        string path,
        object? body,
        Func<HttpResponseMessage, CancellationToken, Task<T>> read,
        CancellationToken cancellationToken
    )
    {
        var token = await Tokens.GetAsync(cancellationToken);
        var answer = await SendAsync(method, path, body, token, cancellationToken);
        try
        {
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                answer.Dispose();
                token = await Tokens.GetAsync(cancellationToken, refused: token);
                answer = await SendAsync(method, path, body, token, cancellationToken);
            }
            await ThrowIfRefusedAsync(answer, cancellationToken);
            return await read(answer, cancellationToken);
        }
        finally
        {
            answer.Dispose();
        }
    }

    private async Task<HttpResponseMessage> SendAsync(
        HttpMethod method,
        string path,
        object? body,
        string? token,
        CancellationToken cancellationToken
    )
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative));
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType(), mediaType: null, ProtocolJson.Options);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return await _http.SendAsync(request, cancellationToken);
    }

    private static async Task<T> ReadAsync<T>(HttpResponseMessage answer, CancellationToken cancellationToken) =>
        await answer.Content.ReadFromJsonAsync<T>(ProtocolJson.Options, cancellationToken)
        ?? throw new JsonException("The answer is empty.");

    private static async Task ThrowIfRefusedAsync(HttpResponseMessage answer, CancellationToken cancellationToken)
    {
        if (answer.IsSuccessStatusCode)
            return;
        var body = await answer.Content.ReadAsStringAsync(cancellationToken);
        throw ProblemReader.FromHttp((int)answer.StatusCode, body, answer.Headers.RetryAfter?.Delta);
    }
}
