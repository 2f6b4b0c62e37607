using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Net.WebSockets;
using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.SignalR.Client;
using Orleans.Chat.Gateway.Tests.RateLimits;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Admission;

public sealed class AdmissionTests : IAsyncLifetime
{
    private readonly NarrowPlace _place = new();
    private readonly List<HubConnection> _connections = [];

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => _place.InitializeAsync();

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
            await connection.DisposeAsync();
        await _place.DisposeAsync();
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task A_full_gateway_refuses_new_connections_keeps_its_own_and_takes_one_when_one_goes(HttpTransportType transport)
    {
        (await _place.ReadyAsync()).ShouldBe(200);
        for (var i = 0; i < 4; i++)
            await ConnectAsync(transport: transport);
        var waits = new HashSet<long>();
        for (var i = 0; i < 5; i++)
        {
            waits.Add(await OverloadedAsync(await BeginAsync("POST", "/hubs/chat/negotiate?negotiateVersion=1")));
            waits.Add(await OverloadedAsync(await BeginAsync("GET", "/hubs/chat", upgrade: true)));
        }
        waits.ShouldAllBe(w => w >= 5_000 && w <= 15_000);
        waits.Count.ShouldBeGreaterThan(5);
        foreach (var connection in _connections)
            await connection.InvokeAsync<object>("Ping", Ct);
        (await _place.ReadyAsync()).ShouldBe(200);

        await _connections[0].StopAsync(Ct);
        await Eventually.HoldsAsync(async () =>
        {
            await using var another = _place.Make(transport: transport);
            try
            {
                await another.StartAsync(Ct);
                return true;
            }
            catch (Exception e) when (e is HttpRequestException or WebSocketException or AggregateException)
            {
                return false;
            }
        });
        foreach (var connection in _connections[1..])
            await connection.InvokeAsync<object>("Ping", Ct);
    }

    [Fact]
    public async Task A_connection_that_is_cut_gives_its_slot_back()
    {
        for (var i = 0; i < 3; i++)
            await ConnectAsync();
        using (var socket = await OpenSocketAsync(_place.Token))
            await OverloadedAsync(await BeginAsync("GET", "/hubs/chat", upgrade: true));
        await Eventually.HoldsAsync(async () =>
        {
            using var answer = await BeginAsync("POST", "/hubs/chat/negotiate?negotiateVersion=1");
            return answer.StatusCode == HttpStatusCode.OK;
        });
    }

    [Fact]
    public async Task A_user_has_so_many_connections_here_and_no_more()
    {
        var user = LimitedPlace.NewUser();
        await ConnectAsync(user);
        await ConnectAsync(user, transport: HttpTransportType.ServerSentEvents);
        using (var refused = await BeginAsync("GET", "/hubs/chat", upgrade: true, user))
            await RefusedAsync(refused, 429, "rate_limited");
        await ConnectAsync();
        await _connections[0].InvokeAsync<object>("Ping", Ct);
        await _connections[0].StopAsync(Ct);
        await Eventually.HoldsAsync(async () =>
        {
            using var answer = await BeginAsync("GET", "/hubs/chat", upgrade: true, user);
            return answer.StatusCode == HttpStatusCode.SwitchingProtocols;
        });
    }

    [Fact]
    public async Task An_address_has_so_many_connections_here_and_no_more()
    {
        var address = LimitedPlace.NewAddress();
        for (var i = 0; i < 3; i++)
            await ConnectAsync(from: address);
        using (var negotiation = await BeginAsync("POST", "/hubs/chat/negotiate?negotiateVersion=1", from: address))
            await RefusedAsync(negotiation, 429, "rate_limited");
        using (var opening = await BeginAsync("GET", "/hubs/chat", upgrade: true, from: address))
            await RefusedAsync(opening, 429, "rate_limited");
        await ConnectAsync();
    }

    [Fact]
    public async Task Long_polling_over_the_limit_is_ended_and_leaves_the_others()
    {
        var user = LimitedPlace.NewUser();
        await ConnectAsync(user, transport: HttpTransportType.LongPolling);
        await ConnectAsync(user, transport: HttpTransportType.LongPolling);
        await using var third = _place.Make(user, transport: HttpTransportType.LongPolling);
        await Should.ThrowAsync<Exception>(third.StartAsync(Ct));
        foreach (var connection in _connections)
            await connection.InvokeAsync<object>("Ping", Ct);
    }

    private async Task ConnectAsync(string? user = null, string? from = null, HttpTransportType transport = HttpTransportType.WebSockets) =>
        _connections.Add(await _place.ConnectAsync(user, from, transport));

    private async Task<ClientWebSocket> OpenSocketAsync(string token)
    {
        var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + token);
        await socket.ConnectAsync(new UriBuilder(_place.Address) { Scheme = "ws", Path = "/hubs/chat" }.Uri, Ct);
        return socket;
    }

    private async Task<HttpResponseMessage> BeginAsync(
        string method,
        string path,
        bool upgrade = false,
        string? user = null,
        string? from = null
    )
    {
        using var http = new HttpClient { BaseAddress = _place.Address };
        using var request = new HttpRequestMessage(new HttpMethod(method), path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", _place.TokenFor(user ?? LimitedPlace.NewUser()));
        request.Headers.Add("X-Forwarded-For", from ?? LimitedPlace.NewAddress());
        if (upgrade)
        {
            request.Headers.Connection.Add("Upgrade");
            request.Headers.Upgrade.Add(new ProductHeaderValue("websocket"));
            request.Headers.Add("Sec-WebSocket-Version", "13");
            request.Headers.Add("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==");
        }
        return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, Ct);
    }

    private static async Task<long> OverloadedAsync(HttpResponseMessage answer)
    {
        using (answer)
            return await RefusedAsync(answer, 503, "overloaded");
    }

    private static async Task<long> RefusedAsync(HttpResponseMessage answer, int status, string code)
    {
        ((int)answer.StatusCode).ShouldBe(status);
        var problem = await answer.Content.ReadFromJsonAsync<JsonElement>(Ct);
        problem.GetProperty("code").GetString().ShouldBe(code);
        var wait = problem.GetProperty("retry_after_ms").GetInt64();
        answer.Headers.RetryAfter!.Delta!.Value.TotalSeconds.ShouldBe((wait + 999) / 1_000);
        return wait;
    }
}

/// <summary>Two connections at once, and then one a second.</summary>
public sealed class SlowlyOpeningPlace : LimitedPlace
{
    protected override IReadOnlyDictionary<string, string?> Settings =>
        new Dictionary<string, string?>(base.Settings, StringComparer.Ordinal)
        {
            ["Admission:ConnectsAtOnce"] = "2",
            ["Admission:ConnectsPerSecond"] = "1",
        };
}

public sealed class ConnectRateTests(SlowlyOpeningPlace place) : IClassFixture<SlowlyOpeningPlace>
{
    [Fact]
    public async Task More_connections_than_the_gateway_opens_in_a_second_are_overloaded_and_the_open_ones_live()
    {
        await using var first = await place.ConnectAsync(LimitedPlace.NewUser());
        await using var second = await place.ConnectAsync(LimitedPlace.NewUser());
        using var refused = await place.AskAsync(
            "POST",
            "/hubs/chat/negotiate?negotiateVersion=1",
            LimitedPlace.NewAddress(),
            place.TokenFor(LimitedPlace.NewUser())
        );
        ((int)refused.StatusCode).ShouldBe(503);
        refused.Headers.RetryAfter.ShouldNotBeNull();
        (await first.InvokeAsync<Pong>("Ping", TestContext.Current.CancellationToken)).ServerTime.ShouldNotBe(default);
        (await second.InvokeAsync<Pong>("Ping", TestContext.Current.CancellationToken)).ServerTime.ShouldNotBe(default);
    }
}
