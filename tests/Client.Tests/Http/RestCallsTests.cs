using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Http;

public sealed class RestCallsTests : IDisposable
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FakeTimeProvider _time = new();
    private readonly FakeHttp _http;
    private int _issued;
    private string _good = "";
    private bool _refuseRefresh;

    public RestCallsTests() => _http = new FakeHttp(Answer);

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task The_token_is_refreshed_before_it_expires()
    {
        await using var client = Make();
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        await client.GetChatAsync("c", Token);
        Count("refresh").ShouldBe(0);
        _time.Advance(TimeSpan.FromSeconds(541));
        await client.GetChatAsync("c", Token);
        Count("refresh").ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_token_is_refreshed_once_for_all_that_met_it()
    {
        await using var client = Make();
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        _good = "revoked early";
        await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetChatAsync("c", Token)));
        Count("refresh").ShouldBe(1);
    }

    [Fact]
    public async Task A_refused_refresh_signs_out()
    {
        await using var client = Make();
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        (_good, _refuseRefresh) = ("none", true);
        (await Should.ThrowAsync<ChatProblemException>(client.GetChatAsync("c", Token))).Code.ShouldBe(ProblemCodes.Unauthenticated);
        client.UserId.ShouldBeNull();
    }

    [Fact]
    public async Task With_credentials_a_lost_session_is_made_anew()
    {
        await using var client = Make(new Credentials("me", "a long password"));
        await client.GetChatAsync("c", Token);
        Count("login").ShouldBe(1);
        (_good, _refuseRefresh) = ("none", true);
        await client.GetChatAsync("c", Token);
        Count("login").ShouldBe(2);
    }

    [Fact]
    public async Task Tokens_are_saved_before_they_are_used_and_taken_up_by_the_next_run()
    {
        var store = new MemoryTokenStore();
        await using (var first = Make(store: store))
            await first.LoginAsync("me", "a long password", cancellationToken: Token);
        await using var second = Make(store: store);
        await second.GetChatAsync("c", Token);
        Count("login").ShouldBe(1);
        _time.Advance(TimeSpan.FromHours(1));
        await second.GetChatAsync("c", Token);
        store.Held!.Tokens.AccessToken.ShouldBe(_good);
    }

    [Fact]
    public async Task Who_gives_up_waiting_for_a_token_does_not_lose_the_one_that_the_server_has_rotated()
    {
        var store = new MemoryTokenStore();
        await using var client = Make(store: store);
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        _time.Advance(TimeSpan.FromHours(1));
        var arrival = new TaskCompletionSource();
        _http.Arrival = arrival.Task;
        using var impatient = new CancellationTokenSource();

        var call = client.GetChatAsync("c", impatient.Token);
        await Clock.UntilAsync(() => Count("refresh") == 1, "the refresh");
        await impatient.CancelAsync();
        await Should.ThrowAsync<OperationCanceledException>(call);
        arrival.SetResult();

        await client.GetChatAsync("c", Token);
        store.Held!.Tokens.RefreshToken.ShouldBe("refresh 2");
        Count("refresh").ShouldBe(1);
    }

    [Fact]
    public async Task Parts_of_paths_and_queries_are_escaped()
    {
        await using var client = Make();
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        await client.ReactAsync("c", "m1", "👍/?", cancellationToken: Token);
        _http.Requests.Last().ShouldBe("PUT /api/v1/chats/c/messages/m1/reactions/%F0%9F%91%8D%2F%3F");
        await client.GetChatsAsync("a&b=c", 5, Token);
        _http.Requests.Last().ShouldBe("GET /api/v1/chats?cursor=a%26b%3Dc&limit=5");
    }

    [Fact]
    public async Task Logging_out_forgets_the_tokens_even_of_a_dead_session()
    {
        var store = new MemoryTokenStore();
        await using var client = Make(store: store);
        await client.LoginAsync("me", "a long password", cancellationToken: Token);
        (_good, _refuseRefresh) = ("none", true);
        await client.LogoutAsync(Token);
        store.Held.ShouldBeNull();
    }

    private int Count(string call) => _http.Requests.Count(request => request.EndsWith("auth/" + call, StringComparison.Ordinal));

    private (int Status, string Body) Answer(HttpRequestMessage request, string body)
    {
        var path = request.RequestUri!.AbsolutePath;
        if (path.EndsWith("auth/login", StringComparison.Ordinal))
            return (200, Tokens());
        if (path.EndsWith("auth/refresh", StringComparison.Ordinal))
            return _refuseRefresh || !body.Contains($"refresh {_issued}", StringComparison.Ordinal) ? Refused() : (200, Tokens());
        if (request.Headers.Authorization?.Parameter != _good)
            return Refused();
        return path.EndsWith("/chats", StringComparison.Ordinal)
            ? (200, """{"chats":[]}""")
            : (
                200,
                """
                {"chat_id":"c","type":"group","settings":{},"created_at":"2024-03-20T10:00:00.000Z","updated_at":"2024-03-20T10:00:00.000Z",
                "revision":1,"head_seq":1,"member_count":1}
                """
            );
    }

    private static (int Status, string Body) Refused() => (401, """{"code":"unauthenticated"}""");

    private string Tokens()
    {
        _good = $"access {++_issued}";
        return $$"""
            {"user_id":"me","session_id":"s","access_token":"{{_good}}","refresh_token":"refresh {{_issued}}","expires_in":600}
            """;
    }

    private ChatClient Make(Credentials? credentials = null, ITokenStore? store = null) =>
        new(
            new ChatClientOptions
            {
                Server = new Uri("http://server.test"),
                HttpHandler = () => new Shared(_http),
                Time = _time,
                Credentials = credentials,
                TokenStore = store,
            }
        );

    // A client disposes of its handler; the test's outlives several.
    private sealed class Shared(FakeHttp http) : HttpMessageHandler
    {
        private readonly HttpMessageInvoker _inner = new(http, disposeHandler: false);

        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            _inner.SendAsync(request, cancellationToken);
    }
}
