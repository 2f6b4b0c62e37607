using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.Tests.Http;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/* A gateway with narrow limits whose clock stands still, so that nothing comes back by itself. Its clients are all on loopback, which it takes
 * for a proxy: each test has addresses and users of its own. */
public class LimitedPlace : GatewayFixture
{
    private static int _names;

    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["Gateway:KnownProxies:0"] = "127.0.0.0/8",
            ["RateLimits:ConnectsAtOnce"] = "6",
            ["RateLimits:SignInsAtOnce"] = "4",
            ["RateLimits:StrangersAtOnce"] = "8",
            ["RateLimits:RequestsAtOnce"] = "20",
            ["RateLimits:SendsAtOnce"] = "16",
            ["RateLimits:ChatSendsAtOnce"] = "10",
            ["RateLimits:CallsAtOnce"] = "15",
        };

    protected override void Replace(IServiceCollection services) =>
        services.AddSingleton<TimeProvider>(new FakeTimeProvider(TimeProvider.System.GetUtcNow()));

    /// <summary>A user that no other test has.</summary>
    public static string NewUser() => $"user-{Interlocked.Increment(ref _names)}";

    /// <summary>An address that no other test has.</summary>
    public static string NewAddress() => $"198.51.100.{Interlocked.Increment(ref _names)}";

    /// <summary>One request from there.</summary>
    public async Task<HttpResponseMessage> AskAsync(string method, string path, string? from, string? token = null, object? body = null)
    {
        using var http = new HttpClient { BaseAddress = Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        if (from is not null)
            request.Headers.Add("X-Forwarded-For", from);
        if (token is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (body is not null)
            request.Content = JsonContent.Create(body, body.GetType());
        return await http.SendAsync(request, TestContext.Current.CancellationToken);
    }

    /// <summary>Asks until it is refused, checks the refusal, and says how often it was not.</summary>
    public static async Task<int> UntilRefusedAsync(string limit, int most, Func<int, Task<HttpResponseMessage>> ask)
    {
        for (var asked = 0; asked <= most; asked++)
        {
            using var answer = await ask(asked);
            if ((int)answer.StatusCode != 429)
                continue;
            await ShouldBeRefusedAsync(answer, limit);
            return asked;
        }
        throw new InvalidOperationException($"Not refused by {limit} within {most}.");
    }

    public async Task<HubConnection> ConnectAsync(string user, string? from = null)
    {
        var connection = new HubConnectionBuilder()
            .WithUrl(
                new Uri(Address, "/hubs/chat"),
                o =>
                {
                    o.AccessTokenProvider = () => Task.FromResult<string?>(TokenFor(user));
                    o.Headers["X-Forwarded-For"] = from ?? NewAddress();
                }
            )
            .AddJsonProtocol(o => ProtocolJson.Configure(o.PayloadSerializerOptions))
            .Build();
        await connection.StartAsync(TestContext.Current.CancellationToken);
        return connection;
    }

    private static async Task ShouldBeRefusedAsync(HttpResponseMessage answer, string limit)
    {
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(TestContext.Current.CancellationToken);
        answer.Content.Headers.ContentType!.MediaType.ShouldBe("application/problem+json");
        problem.GetProperty("code").GetString().ShouldBe("rate_limited");
        problem.GetProperty("status").GetInt32().ShouldBe(429);
        var wait = problem.GetProperty("retry_after_ms").GetInt64();
        wait.ShouldBePositive();
        var seconds = (wait + 999) / 1_000;
        answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBe(seconds);
        answer.Headers.GetValues("RateLimit").ShouldBe([$"\"{limit}\";r=0;t={seconds}"]);
        answer.Headers.GetValues("RateLimit-Policy").ShouldHaveSingleItem().ShouldStartWith($"\"{limit}\";q=");
    }
}
