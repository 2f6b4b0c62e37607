using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Client.Accounts;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Connection;

/// <summary>A server that takes no more connections for now, and says when it will.</summary>
public sealed class ConnectRefusalTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(ProblemCodes.Overloaded)]
    [InlineData(ProblemCodes.RateLimited)]
    public async Task It_comes_back_when_it_was_told_to_and_not_before(string code)
    {
        var time = new FakeTimeProvider();
        var server = new FakeServer { RefuseStart = connection => connection == 1 ? TestData.Refusal(code, 20_000) : null };
        var options = new ChatClientOptions
        {
            Server = new Uri("http://server.test"),
            BackoffBase = TimeSpan.Zero,
            UserId = "me",
            Time = time,
            TokenProvider = _ => new(new ProvidedToken("token", DateTimeOffset.MaxValue)),
        };
        await using var client = new ChatClient(options, server.Make);
        await Clock.AdvanceUntilAsync(time, client.ConnectAsync(Token), TimeSpan.FromSeconds(1));
        server.Connections.Count.ShouldBe(2);
        (time.GetUtcNow() - time.Start).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromSeconds(20));
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets, 503, ProblemCodes.Unavailable, 7_000)]
    [InlineData(HttpTransportType.WebSockets, 429, ProblemCodes.RateLimited, 7_000)]
    [InlineData(HttpTransportType.ServerSentEvents, 503, ProblemCodes.Overloaded, 6_500)]
    [InlineData(HttpTransportType.LongPolling, 503, ProblemCodes.Overloaded, 6_500)]
    public async Task A_refusal_of_a_transport_has_its_time(HttpTransportType transport, int status, string code, long wait)
    {
        await using var server = await BusyServerAsync(status);
        var options = new ChatClientOptions
        {
            Server = new Uri(server.Urls.First()),
            Transports = transport,
            UserId = "me",
            TokenProvider = _ => new(new ProvidedToken("token", DateTimeOffset.MaxValue)),
        };
        await using var tokens = new AccessTokens(options, null!);
        await using var hub = new SignalRTransport(options, tokens);
        var refusal = await Should.ThrowAsync<ChatProblemException>(hub.StartAsync(_ => { }, Token));
        refusal.Code.ShouldBe(code);
        refusal.IsRetryable.ShouldBeTrue();
        refusal.RetryAfterMs.ShouldBe(wait);
    }

    private static async Task<WebApplication> BusyServerAsync(int status)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        app.Run(context =>
        {
            context.Response.StatusCode = status;
            context.Response.Headers.RetryAfter = "7";
            context.Response.ContentType = "application/problem+json";
            return context.Response.WriteAsync("""{"code":"overloaded","retry_after_ms":6500}""", Token);
        });
        await app.StartAsync(Token);
        return app;
    }
}
