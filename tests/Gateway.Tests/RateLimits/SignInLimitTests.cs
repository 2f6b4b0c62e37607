using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Orleans.Chat.Gateway.Tests.Http;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/// <summary>Trying passwords is limited by address, whoever asks and however the path is written.</summary>
public sealed class SignInLimitTests
{
    [Theory]
    [InlineData("/api/v1/auth/login", false)]
    [InlineData("/api/v1/auth/login", true)]
    [InlineData("/API/v1/auth/login", false)]
    [InlineData("/api/v1/AUTH/Login", true)]
    [InlineData("/api/v1/auth/login/", true)]
    [InlineData("/api/v1/auth/%6Cogin", true)]
    [InlineData("/api/v1/auth/register", true)]
    [InlineData("/api/v1/auth/refresh", true)]
    public async Task Nobody_tries_more_than_an_address_may(string path, bool signedIn)
    {
        await using var gateway = new OpenGateway();
        await gateway.InitializeAsync();
        using var http = new HttpClient { BaseAddress = gateway.Address };
        var codes = new List<string>();
        for (var i = 0; i < 20; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Post, path);
            request.Content = new StringContent("""{"user_id":"a"}""", Encoding.UTF8, "application/json");
            if (signedIn)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", gateway.Token);
            using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
            var problem = JsonElement.Parse(await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
            codes.Add(problem.GetProperty("code").GetString()!);
            if (codes[^1] == "rate_limited")
                problem.GetProperty("retry_after_ms").GetInt64().ShouldBePositive();
        }
        // One a second comes back, and a slow machine takes its seconds.
        codes.Count(c => c == "rate_limited").ShouldBeGreaterThan(20 / 2);
        codes.Take(OpenGateway.SignInsAtOnce).ShouldAllBe(c => c == "validation_failed");
    }
}
