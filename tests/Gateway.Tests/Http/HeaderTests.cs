using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>What every answer tells a browser.</summary>
public sealed partial class HeaderTests(GatewayFixture gateway) : IClassFixture<GatewayFixture>, IDisposable
{
    private const string Data = "default-src 'none'; frame-ancestors 'none'";
    private readonly HttpClient _http = new() { BaseAddress = gateway.Address };

    public void Dispose() => _http.Dispose();

    [Theory]
    [InlineData("GET", "/api/v1/config", 200, true)]
    [InlineData("GET", "/api/v1/chats", 401, true)]
    [InlineData("GET", "/API/V1/chats", 401, true)]
    [InlineData("DELETE", "/api/v1/chats", 405, true)]
    [InlineData("POST", "/api/v1/messages?signed", 400, true)]
    [InlineData("POST", "/api/v1/auth/login", 503, true)]
    [InlineData("GET", "/api/v1/chats/no%20id?signed", 404, true)]
    [InlineData("POST", "/hubs/chat/negotiate?signed&negotiateVersion=1", 200, true)]
    [InlineData("POST", "/hubs/chat/negotiate", 401, true)]
    [InlineData("GET", "/hubs/chat?signed&id=x", 404, true)]
    [InlineData("GET", "/nowhere", 404, false)]
    [InlineData("GET", "/bug", 500, false)]
    [InlineData("GET", "/health/live", 200, false)]
    [InlineData("GET", "/metrics", 200, false)]
    [InlineData("GET", "/openapi/v1.json", 200, false)]
    public async Task Every_answer_is_data_and_shown_in_no_frame(string method, string path, int status, bool kept)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (path.Contains("signed", StringComparison.Ordinal))
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Token);
        if (method == "POST")
            request.Content = new StringContent("""{"user_id":"a","password":"12345678"}""", Encoding.UTF8, "application/json");
        using var answer = await _http.SendAsync(request, TestContext.Current.CancellationToken);

        ((int)answer.StatusCode).ShouldBe(status);
        Header(answer, "X-Content-Type-Options").ShouldBe("nosniff");
        Header(answer, "Referrer-Policy").ShouldBe("no-referrer");
        Header(answer, "Content-Security-Policy").ShouldBe(Data);
        Header(answer, "Server").ShouldBeEmpty();
        if (kept || status >= 400)
            answer.Headers.CacheControl.ShouldNotBeNull().NoStore.ShouldBeTrue();
    }

    [Fact]
    public async Task The_page_of_the_API_runs_the_scripts_that_it_came_with_and_no_other()
    {
        var nonces = new HashSet<string>(StringComparer.Ordinal);
        foreach (var _ in new int[2])
        {
            using var answer = await _http.GetAsync(new Uri("/docs/", UriKind.Relative), TestContext.Current.CancellationToken);
            var policy = Header(answer, "Content-Security-Policy")
                .Split(';', StringSplitOptions.TrimEntries)
                .ToDictionary(d => d.Split(' ')[0], d => d[(d.IndexOf(' ', StringComparison.Ordinal) + 1)..], StringComparer.Ordinal);
            policy["default-src"].ShouldBe("'none'");
            policy["frame-ancestors"].ShouldBe("'none'");
            policy["base-uri"].ShouldBe("'none'");
            policy["connect-src"].ShouldBe("'self'");
            var page = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
            var scripts = Script().Matches(page).Select(m => m.Groups["nonce"].Value).ToArray();
            scripts.ShouldNotBeEmpty();
            page.Split("<script").Length.ShouldBe(scripts.Length + 1);
            policy["script-src"].ShouldBe($"'nonce-{scripts.Distinct().ShouldHaveSingleItem()}'");
            nonces.Add(scripts[0]);
            Handlers().IsMatch(page).ShouldBeFalse("A handler in an attribute would not run.");
        }
        nonces.Count.ShouldBe(2, "A nonce that can be known is none.");
    }

    private static string Header(HttpResponseMessage answer, string name) =>
        answer.Headers.TryGetValues(name, out var values) ? string.Join(" | ", values) : "";

    [GeneratedRegex("""<script[^>]* nonce="(?<nonce>[\w-]{16,})["]""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Script();

    [GeneratedRegex("""<[^>]+ on[a-z]+=""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Handlers();
}
