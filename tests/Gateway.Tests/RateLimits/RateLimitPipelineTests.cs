using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Orleans.Chat.Gateway.Tests.Http;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/// <summary>Each row of the table, over the wire.</summary>
public sealed class RateLimitPipelineTests(LimitedPlace place) : IClassFixture<LimitedPlace>
{
    private const string Negotiate = "/hubs/chat/negotiate?negotiateVersion=1";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Connects_of_an_address_are_counted_before_it_is_known_whose_they_are()
    {
        var (address, token) = (LimitedPlace.NewAddress(), place.TokenFor(LimitedPlace.NewUser()));
        // Without a token too, but those are strangers' as well.
        var let = await LimitedPlace.UntilRefusedAsync(
            "connects",
            20,
            i => place.AskAsync("POST", Negotiate, address, i % 2 == 0 ? token : null)
        );
        let.ShouldBe(6);
        (await place.AskAsync("POST", Negotiate, LimitedPlace.NewAddress(), token)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Sign_ins_of_an_address()
    {
        var address = LimitedPlace.NewAddress();
        var body = new { user_id = "nobody", password = "correct horse" };
        (
            await LimitedPlace.UntilRefusedAsync("sign_ins", 20, _ => place.AskAsync("POST", "/api/v1/auth/login", address, null, body))
        ).ShouldBe(4);
        (await place.AskAsync("POST", "/api/v1/auth/login", LimitedPlace.NewAddress(), null, body)).StatusCode.ShouldNotBe(
            HttpStatusCode.TooManyRequests
        );
    }

    [Fact]
    public async Task Strangers_of_an_address_with_bad_tokens_among_them_and_not_who_is_signed_in_behind_it()
    {
        var address = LimitedPlace.NewAddress();
        var let = await LimitedPlace.UntilRefusedAsync(
            "strangers",
            20,
            i =>
                i % 2 == 0
                    ? place.AskAsync("GET", "/api/v1/config", address)
                    : place.AskAsync("GET", "/api/v1/chats", address, "not.a.token")
        );
        let.ShouldBe(8);
        (await place.AskAsync("GET", "/api/v1/nothing", address, place.TokenFor(LimitedPlace.NewUser()))).StatusCode.ShouldBe(
            HttpStatusCode.NotFound
        );
        (await place.AskAsync("GET", "/health/live", address)).StatusCode.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Requests_of_a_user_by_REST_and_by_the_hub_are_one_count()
    {
        var user = LimitedPlace.NewUser();
        await using var hub = await place.ConnectAsync(user);
        for (var i = 0; i < 10; i++)
            await hub.InvokeAsync<Pong>("Ping", Ct);
        var let = await LimitedPlace.UntilRefusedAsync(
            "requests",
            20,
            _ => place.AskAsync("GET", "/api/v1/nothing", null, place.TokenFor(user))
        );
        let.ShouldBe(10);
        (await RefusedAsync(hub, "Ping")).GetProperty("code").GetString().ShouldBe("rate_limited");
        (await RefusedAsync(hub, "Sync")).GetProperty("retry_after_ms").GetInt64().ShouldBePositive();
        // A message goes all the same: it has its own.
        await hub.InvokeAsync<SentMessage>("SendMessage", Message(GatewayFixture.NoSilo.Reachable), Ct);
    }

    [Fact]
    public async Task Sends_of_a_user_by_REST_and_by_the_hub_are_one_count_and_those_to_a_chat_another()
    {
        var user = LimitedPlace.NewUser();
        await using var hub = await place.ConnectAsync(user);
        // What is refused for another reason counts too.
        var (here, elsewhere) = (Message(GatewayFixture.NoSilo.Reachable), Message("no chat"));
        for (var i = 0; i < 5; i++)
            await hub.InvokeAsync<SentMessage>("SendMessage", here, Ct);
        (await LimitedPlace.UntilRefusedAsync("chat_sends", 20, _ => SendAsync(user, here))).ShouldBe(5);
        (await RefusedAsync(hub, "SendMessage", here)).GetProperty("code").GetString().ShouldBe("rate_limited");
        // Those that the chat's own limit refused were the user's too; four are left.
        (await LimitedPlace.UntilRefusedAsync("sends", 20, _ => SendAsync(user, elsewhere))).ShouldBe(4);
        (await RefusedAsync(hub, "SendMessage", elsewhere)).GetProperty("code").GetString().ShouldBe("rate_limited");
        (await hub.InvokeAsync<Pong>("Ping", Ct)).ServerTime.ShouldNotBe(default);
    }

    [Fact]
    public async Task Calls_of_one_connection_whatever_they_are_leave_the_users_other_connections_alone()
    {
        var user = LimitedPlace.NewUser();
        await using var one = await place.ConnectAsync(user);
        await using var other = await place.ConnectAsync(user);
        for (var i = 0; i < 5; i++)
        {
            await one.SendAsync("Typing", new Typing { ChatId = "c", IsTyping = true }, Ct);
            await one.SendAsync("NoSuchMethod", Ct);
            await one.InvokeAsync<Pong>("Ping", Ct);
        }
        (await RefusedAsync(one, "Ping")).GetProperty("code").GetString().ShouldBe("rate_limited");
        (await other.InvokeAsync<Pong>("Ping", Ct)).ServerTime.ShouldNotBe(default);
        one.State.ShouldBe(HubConnectionState.Connected);
    }

    /// <summary>So that its refusals cost what others pay for: a connection is not read while as many of its calls run as may.</summary>
    [Fact]
    public async Task Who_calls_as_fast_as_it_can_is_refused_no_faster_than_its_calls_may_run()
    {
        const int AtATime = 64;
        const int Calls = AtATime * 6;
        await using var hub = await place.ConnectAsync(LimitedPlace.NewUser());
        for (var i = 0; i < 15; i++)
            await hub.InvokeAsync<Pong>("Ping", Ct);

        var began = TimeProvider.System.GetTimestamp();
        var codes = await Task.WhenAll(
            Enumerable.Range(0, Calls).Select(async _ => (await RefusedAsync(hub, "Ping")).GetProperty("code").GetString())
        );
        var took = TimeProvider.System.GetElapsedTime(began);

        codes.ShouldAllBe(c => c == "rate_limited");
        // Timers may fire a tick of the clock early.
        took.ShouldBeGreaterThan(TimeSpan.FromMilliseconds((Calls / AtATime * 200) - 100));
    }

    [Fact]
    public async Task What_the_chat_itself_has_too_much_of_is_refused_as_late()
    {
        await using var hub = await place.ConnectAsync(LimitedPlace.NewUser());

        var began = TimeProvider.System.GetTimestamp();
        var refused = await RefusedAsync(hub, "SendMessage", Message(GatewayFixture.NoSilo.Full));

        refused.GetProperty("code").GetString().ShouldBe("rate_limited");
        TimeProvider.System.GetElapsedTime(began).ShouldBeGreaterThan(TimeSpan.FromMilliseconds(190));
    }

    [Fact]
    public async Task Only_what_a_known_proxy_wrote_last_is_the_address()
    {
        var address = LimitedPlace.NewAddress();
        var let = await LimitedPlace.UntilRefusedAsync(
            "strangers",
            20,
            i => place.AskAsync("GET", "/api/v1/config", $"203.0.113.{i}, {address}, 127.0.0.2")
        );
        let.ShouldBe(8);
    }

    private Task<HttpResponseMessage> SendAsync(string user, object message) =>
        place.AskAsync("POST", "/api/v1/messages", null, place.TokenFor(user), message);

    private static object Message(string chat) =>
        new
        {
            chat_id = chat,
            type = "text",
            content = "x",
        };

    private static async Task<JsonElement> RefusedAsync(HubConnection connection, string method, params object?[] arguments)
    {
        var fault = await Should.ThrowAsync<HubException>(connection.InvokeCoreAsync<object>(method, arguments, Ct));
        return JsonElement.Parse(fault.Message[fault.Message.IndexOf('{', StringComparison.Ordinal)..]);
    }
}

/// <summary>Loopback counts here, and nobody is a proxy.</summary>
public sealed class UnproxiedPlace : LimitedPlace
{
    protected override IReadOnlyDictionary<string, string?> Settings
    {
        get
        {
            var settings = new Dictionary<string, string?>(base.Settings, StringComparer.Ordinal)
            {
                ["RateLimits:ExemptLoopback"] = "false",
            };
            settings.Remove("Gateway:KnownProxies:0");
            return settings;
        }
    }
}

public sealed class SpoofedAddressTests(UnproxiedPlace place) : IClassFixture<UnproxiedPlace>
{
    [Fact]
    public async Task What_a_client_writes_of_its_address_changes_no_bucket() =>
        (await LimitedPlace.UntilRefusedAsync("strangers", 20, i => place.AskAsync("GET", "/api/v1/config", $"203.0.113.{i}"))).ShouldBe(8);
}
