using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;

namespace Orleans.Chat.Gateway.Tests.Http;

public sealed class PipelineTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = gateway.Address };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("GET", "/nowhere", 404, "not_found")]
    [InlineData("GET", "/api/v1/auth/login", 405, "method_not_allowed")]
    [InlineData("GET", "/api/v1/chats", 401, "unauthenticated")]
    [InlineData("POST", "/api/v1/messages", 401, "unauthenticated")]
    [InlineData("POST", "/hubs/chat/negotiate", 401, "unauthenticated")]
    [InlineData("GET", "/api/v1/chats?access_token=TOKEN", 401, "unauthenticated")]
    [InlineData("GET", "/bug", 500, "internal")]
    public async Task Every_error_is_a_problem(string method, string path, int status, string code)
    {
        path = path.Replace("TOKEN", gateway.Token, StringComparison.Ordinal);
        var problem = await Problem(new HttpRequestMessage(new HttpMethod(method), path), status);

        problem.GetProperty("code").GetString().ShouldBe(code);
        problem.GetProperty("status").GetInt32().ShouldBe(status);
        problem.GetProperty("type").GetString().ShouldNotBeNullOrEmpty();
        problem.GetProperty("title").GetString().ShouldNotBeNullOrEmpty();
        problem.ToString().ShouldNotContain("secret");
        problem.TryGetProperty("trace_id", out _).ShouldBe(status == 500);
    }

    [Fact]
    public async Task A_bad_token_is_told_by_the_header()
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/chats");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", "nonsense");
        using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);

        response.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        response.Headers.WwwAuthenticate.ToString().ShouldContain("invalid_token");
    }

    [Theory]
    [InlineData("{}", "chat_id content type")]
    [InlineData("", "body")]
    [InlineData("{\"chat_id\":1}", "chat_id")]
    [InlineData("{\"other\":\"\\u0000\"}", "other")]
    [InlineData("{\"chat_id\":\"c\",\"type\":\"text\",\"content\":\"x\",\"metadata\":\"m\"}", "metadata")]
    public async Task A_bad_body_is_told_by_field(string body, string fields)
    {
        var problem = await Problem(Post("/api/v1/messages", body), 400);
        problem.GetProperty("errors").EnumerateObject().Select(e => e.Name).ShouldBe(fields.Split(' '), ignoreOrder: true);
    }

    [Fact]
    public async Task Sizes_and_types_of_bodies()
    {
        (await Problem(Post("/api/v1/messages", new string(' ', 1024 * 1024 + 1)), 413))
            .GetProperty("code")
            .GetString()
            .ShouldBe("too_large");
        var text = Post("/api/v1/messages", "{}");
        text.Content!.Headers.ContentType = new MediaTypeHeaderValue("text/plain");
        (await Problem(text, 415)).GetProperty("code").GetString().ShouldBe("unsupported_media_type");
        var content = $$"""{"chat_id":"c","type":"text","content":"{{new string('x', 16_001)}}"}""";
        (await Problem(Post("/api/v1/messages", content), 413)).GetProperty("code").GetString().ShouldBe("too_large");
        (await Problem(Post("/api/v1/messages", """{"chat_id":"c","type":"text","content":"x","sender_id":"bob"}"""), 403))
            .GetProperty("code")
            .GetString()
            .ShouldBe("forbidden");
    }

    [Theory]
    [InlineData("/api/v1/chats?limit=0", "limit")]
    [InlineData("/api/v1/chats?limit=201", "limit")]
    [InlineData("/api/v1/chats?limit=x", "limit")]
    [InlineData("/api/v1/chats?limit=1&limit=2", "limit")]
    [InlineData("/api/v1/chats?limit=", "limit")]
    [InlineData("/api/v1/chats/c/messages?before=x", "before")]
    [InlineData("/api/v1/chats/c/messages?type=x", "type")]
    [InlineData("/api/v1/chats/c/changes?after_revision=-1", "after_revision")]
    [InlineData("/api/v1/chats/c/changes?after_revision=99999999999999999999", "after_revision")]
    [InlineData("/api/v1/users", "query")]
    public async Task A_bad_query_is_told_by_name(string path, string field)
    {
        var problem = await Problem(Signed(HttpMethod.Get, path), 400);
        problem.GetProperty("errors").EnumerateObject().Single().Name.ShouldBe(field);
    }

    [Theory, InlineData("/api/v1/chats/a%20b"), InlineData("/api/v1/chats/c/messages/nonsense"), InlineData("/api/v1/users/!")]
    public async Task A_path_with_no_id_names_nothing(string path) => await Problem(Signed(HttpMethod.Get, path), 404);

    [Fact]
    public async Task Without_a_silo_it_is_unavailable_and_says_when_to_come_back()
    {
        using var response = await _http.SendAsync(
            Post("/api/v1/messages", """{"chat_id":"c","type":"text","content":"x"}"""),
            TestContext.Current.CancellationToken
        );
        response.StatusCode.ShouldBe(HttpStatusCode.ServiceUnavailable);
        response.Headers.RetryAfter.ShouldNotBeNull();
        (await Problem(Post("/api/v1/auth/login", """{"user_id":"a","password":"12345678"}"""), 503)).GetProperty("retry_after_ms");
    }

    [Fact]
    public async Task A_session_that_ended_is_nobodys()
    {
        gateway.Endings.End("alice", "gone");
        var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/chats");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.TokenOf("gone"));
        await Problem(request, 401);
    }

    [Fact]
    public async Task The_configuration_and_the_description_are_open()
    {
        var config = await Json("/api/v1/config");
        config.GetProperty("limits").GetProperty("max_content_length").GetInt32().ShouldBe(16_000);
        config.GetProperty("limits").GetProperty("max_page_size").GetInt32().ShouldBe(200);
        var api = await Json("/openapi/v1.json");
        var send = api.GetProperty("paths").GetProperty("/api/v1/messages").GetProperty("post");
        send.GetProperty("requestBody").GetProperty("content").TryGetProperty("application/json", out _).ShouldBeTrue();
        send.GetProperty("responses").TryGetProperty("201", out _).ShouldBeTrue();
        api.GetProperty("components").GetProperty("securitySchemes").TryGetProperty("bearer", out _).ShouldBeTrue();
        var page = await _http.GetStringAsync(new Uri("/docs/", UriKind.Relative), TestContext.Current.CancellationToken);
        page.ShouldNotContain("cdn.");
    }

    private HttpRequestMessage Signed(HttpMethod method, string path)
    {
        var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Token);
        return request;
    }

    private HttpRequestMessage Post(string path, string body)
    {
        var request = Signed(HttpMethod.Post, path);
        request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        return request;
    }

    private async Task<JsonElement> Json(string path)
    {
        using var document = JsonDocument.Parse(
            await _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken)
        );
        return document.RootElement.Clone();
    }

    private async Task<JsonElement> Problem(HttpRequestMessage request, int status)
    {
        using (request)
        {
            using var response = await _http.SendAsync(request, TestContext.Current.CancellationToken);
            var text = await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            ((int)response.StatusCode).ShouldBe(status, text);
            response.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
            using var document = JsonDocument.Parse(text);
            return document.RootElement.Clone();
        }
    }
}
