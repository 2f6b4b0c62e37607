using System.Net;
using System.Net.Http.Headers;
using System.Net.WebSockets;
using System.Text.Json;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.Tests.Input;

namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>Which sites' pages reach the hub and REST: cross-site hijacking of WebSockets, and CORS.</summary>
public sealed class OriginTests(GatewayFixture closed, OpenGateway open)
    : IClassFixture<GatewayFixture>,
        IClassFixture<OpenGateway>,
        IDisposable
{
    private readonly HttpClient _http = new();

    public void Dispose() => _http.Dispose();

    public static TheoryData<string> Foreign =>
        [
            "https://evil.example.com",
            "null",
            "file://",
            "https://friend.example.com.evil.example.com",
            "https://evil.example.com/https://friend.example.com",
            "https://sub.friend.example.com",
            "https://friend.example.com:444",
            "http://friend.example.com",
            "https://friend.example.com/",
            "https://friend.example.com, https://evil.example.com",
            "http://127.0.0.1:1",
            "http://127.0.0.1",
            "*",
            "",
        ];

    [Theory, MemberData(nameof(Foreign))]
    public async Task A_page_of_another_site_gets_no_connection_whatever_it_shows(string origin)
    {
        foreach (var gateway in new[] { closed, open })
        {
            foreach (
                var path in new[] { "/hubs/chat/negotiate?negotiateVersion=1", "/hubs/chat?id=x", "/HUBS/Chat/negotiate", "/hubs/chat/" }
            )
            {
                foreach (var method in new[] { "POST", "GET", "OPTIONS", "DELETE" })
                {
                    using var answer = await SendAsync(gateway, method, path, origin, gateway.Token);
                    await ShouldBeForbiddenAsync(answer, $"{method} {path}");
                }
            }
            var refused = await Should.ThrowAsync<WebSocketException>(UpgradeAsync(gateway, origin));
            refused.Message.ShouldContain("403");
        }
    }

    [Fact]
    public async Task Two_origins_are_none()
    {
        using var answer = await SendAsync(
            open,
            "POST",
            "/hubs/chat/negotiate",
            [OpenGateway.Friend, OpenGateway.Friend + "/"],
            open.Token
        );
        await ShouldBeForbiddenAsync(answer, "two origins");
    }

    [Fact]
    public async Task Who_is_no_browser_own_pages_and_listed_ones_connect()
    {
        var own = closed.Address.GetLeftPart(UriPartial.Authority);
        foreach (
            var (gateway, origin) in new[]
            {
                (closed, null),
                (closed, own),
                (open, null),
                (open, open.Address.GetLeftPart(UriPartial.Authority)),
                (open, OpenGateway.Friend),
                (open, "http://localhost:5173"),
                // TLS ends in front of the gateway.
                (closed, own.Replace("http:", "https:", StringComparison.Ordinal)),
            }
        )
        {
            using var negotiated = await SendAsync(gateway, "POST", "/hubs/chat/negotiate?negotiateVersion=1", origin, gateway.Token);
            negotiated.StatusCode.ShouldBe(HttpStatusCode.OK, origin);
            using var socket = await UpgradeAsync(gateway, origin);
            socket.State.ShouldBe(WebSocketState.Open);
        }
    }

    [Fact]
    public async Task A_ticket_is_not_used_up_by_who_is_refused()
    {
        var ticket =
            Microsoft.IdentityModel.Tokens.Base64UrlEncoder.Encode(GatewayFixture.NoSilo.Tickets)
            + "."
            + Guid.CreateVersion7().ToString("N");
        var path = "/hubs/chat/negotiate?negotiateVersion=1&ticket=" + ticket;
        using (var foreign = await SendAsync(closed, "POST", path, "https://evil.example.com", token: null))
            foreign.StatusCode.ShouldBe(HttpStatusCode.Forbidden);
        using var own = await SendAsync(closed, "POST", path, origin: null, token: null);
        own.StatusCode.ShouldBe(HttpStatusCode.OK);
        using var again = await SendAsync(closed, "POST", path, origin: null, token: null);
        again.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
    }

    [Theory]
    [InlineData("/api/v1/messages", "POST")]
    [InlineData("/api/v1/chats/c", "PATCH")]
    [InlineData("/hubs/chat/negotiate", "POST")]
    public async Task A_listed_page_may_ask_before_and_call(string path, string method)
    {
        using var asked = await PreflightAsync(open, path, method, OpenGateway.Friend, "authorization,content-type,idempotency-key");
        ((int)asked.StatusCode).ShouldBe(204);
        Header(asked, "Access-Control-Allow-Origin").ShouldBe(OpenGateway.Friend);
        Header(asked, "Access-Control-Allow-Credentials").ShouldBe("true");
        Header(asked, "Access-Control-Allow-Methods").ShouldContain(method);
        Header(asked, "Access-Control-Allow-Headers").ShouldContain("Authorization", Case.Insensitive);
        Header(asked, "Vary").ShouldContain("Origin");

        // Errors too, or the page could not tell what is wrong.
        using var answer = await SendAsync(open, method, path, OpenGateway.Friend, token: null);
        answer.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
        Header(answer, "Access-Control-Allow-Origin").ShouldBe(OpenGateway.Friend);
        Header(answer, "Vary").ShouldContain("Origin");
    }

    [Theory, MemberData(nameof(Foreign))]
    public async Task No_other_page_is_let_to_read_an_answer(string origin)
    {
        foreach (var gateway in new[] { closed, open })
        {
            foreach (var path in new[] { "/api/v1/chats", "/api/v1/config", "/api/v1/auth/login", "/openapi/v1.json", "/nowhere" })
            {
                using var asked = await PreflightAsync(gateway, path, "GET", origin, "authorization");
                using var answer = await SendAsync(gateway, "GET", path, origin, gateway.Token);
                foreach (var headers in new[] { asked.Headers, answer.Headers })
                    headers.Where(h => h.Key.StartsWith("Access-Control-Allow", StringComparison.OrdinalIgnoreCase)).ShouldBeEmpty();
            }
        }
    }

    [Theory]
    [InlineData("https://chat.example.com", true)]
    [InlineData("http://localhost:5173", true)]
    [InlineData("https://[::1]:8443", true)]
    [InlineData("*", false)]
    [InlineData("https://*", false)]
    [InlineData("https://*.example.com", false)]
    [InlineData("null", false)]
    [InlineData("", false)]
    [InlineData("chat.example.com", false)]
    [InlineData("https://chat.example.com/", false)]
    [InlineData("https://chat.example.com/app", false)]
    [InlineData("https://chat.example.com:443", false)]
    [InlineData("https://user@chat.example.com", false)]
    [InlineData("ftp://chat.example.com", false)]
    public void Only_what_a_browser_would_send_can_be_listed(string origin, bool good)
    {
        var options = new GatewayOptions();
        options.AllowedOrigins.Add(origin);
        new AllowedOriginsValidator().Validate(null, options).Succeeded.ShouldBe(good);
    }

    private static async Task ShouldBeForbiddenAsync(HttpResponseMessage answer, string what)
    {
        answer.StatusCode.ShouldBe(HttpStatusCode.Forbidden, what);
        answer.Content.Headers.ContentType?.MediaType.ShouldBe("application/problem+json");
        var text = await answer.Content.ReadAsStringAsync();
        Refusals.WrongWith(JsonElement.Parse(text), "forbidden", null).ShouldBeNull(what);
        answer.Headers.Contains("Access-Control-Allow-Origin").ShouldBeFalse();
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(',', values) : "";

    private Task<HttpResponseMessage> PreflightAsync(GatewayFixture gateway, string path, string method, string origin, string headers)
    {
        var request = Request(gateway, "OPTIONS", path, [origin]);
        request.Headers.Add("Access-Control-Request-Method", method);
        request.Headers.Add("Access-Control-Request-Headers", headers);
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string method, string path, string? origin, string? token) =>
        SendAsync(gateway, method, path, origin is null ? [] : [origin], token);

    private Task<HttpResponseMessage> SendAsync(GatewayFixture gateway, string method, string path, string[] origins, string? token)
    {
        var request = Request(gateway, method, path, origins);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return _http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    private static HttpRequestMessage Request(GatewayFixture gateway, string method, string path, string[] origins)
    {
        var request = new HttpRequestMessage(new HttpMethod(method), new Uri(gateway.Address, path));
        foreach (var origin in origins)
            request.Headers.TryAddWithoutValidation("Origin", origin).ShouldBeTrue();
        return request;
    }

    private static async Task<ClientWebSocket> UpgradeAsync(GatewayFixture gateway, string? origin)
    {
        var socket = new ClientWebSocket();
        if (origin is not null)
            socket.Options.SetRequestHeader("Origin", origin);
        var uri = new UriBuilder(new Uri(gateway.Address, "/hubs/chat?access_token=" + gateway.Token)) { Scheme = "ws" };
        await socket.ConnectAsync(uri.Uri, TestContext.Current.CancellationToken);
        return socket;
    }
}
