using System.Net.Sockets;
using System.Net.WebSockets;
using System.Text;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Gateway.Tests.RateLimits;

namespace Orleans.Chat.Gateway.Tests.Admission;

/// <summary>Clients that are slow, or too large, before or after they are connected: each costs itself alone.</summary>
public sealed class RudeClientTests(NarrowPlace place) : IClassFixture<NarrowPlace>
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(1, 8_000)]
    [InlineData(40, 10)]
    public async Task Header_fields_that_are_too_large_or_too_many_are_431(int fields, int length)
    {
        using var http = new HttpClient { BaseAddress = place.Address };
        using var request = new HttpRequestMessage(HttpMethod.Get, "/api/v1/config");
        for (var i = 0; i < fields; i++)
            request.Headers.Add($"X-Field-{i}", new string('x', length));
        using var answer = await http.SendAsync(request, Ct);
        ((int)answer.StatusCode).ShouldBe(431);
        (await http.GetAsync(new Uri("/health/live", UriKind.Relative), Ct)).IsSuccessStatusCode.ShouldBeTrue();
    }

    [Fact]
    public async Task Header_fields_that_do_not_come_to_an_end_are_not_waited_for()
    {
        using var client = new TcpClient();
        await client.ConnectAsync(place.Address.Host, place.Address.Port, Ct);
        var stream = client.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes("GET /api/v1/config HTTP/1.1\r\nHost: x\r\nX-Slow: "), Ct);
        using var answer = new StreamReader(stream);
        // The end of the stream is what is waited for.
        (await answer.ReadToEndAsync(Ct).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct)).ShouldStartWith("HTTP/1.1 408");
    }

    [Fact]
    public async Task A_handshake_that_does_not_come_closes_the_connection()
    {
        using var socket = new ClientWebSocket();
        socket.Options.SetRequestHeader("Authorization", "Bearer " + place.Token);
        await socket.ConnectAsync(new UriBuilder(place.Address) { Scheme = "ws", Path = "/hubs/chat" }.Uri, Ct);
        var buffer = new byte[4_096];
        try
        {
            WebSocketReceiveResult got;
            do got = await socket.ReceiveAsync(buffer, Ct).WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, Ct);
            while (got.MessageType != WebSocketMessageType.Close);
        }
        catch (WebSocketException)
        {
            // Cut off: as well.
        }
        socket.State.ShouldNotBe(WebSocketState.Open);
    }

    [Fact]
    public async Task A_message_of_the_hub_that_is_too_large_ends_its_connection_and_no_other()
    {
        await using var bystander = await place.ConnectAsync();
        await using (var rude = await JsonSocket.ConnectAsync(place.Address, place.TokenFor(LimitedPlace.NewUser())))
        {
            var text = new string('x', 1_100_000);
            (await rude.CallAsync("SendMessage", $$"""[{"chat_id":"c","type":"text","content":"{{text}}"}]""")).ShouldBeNull();
        }
        (await CallAsync(bystander)).ShouldNotBeNull();
        await using var next = await JsonSocket.ConnectAsync(place.Address, place.TokenFor(LimitedPlace.NewUser()));
        (await next.CallAsync("Ping", "[]")).ShouldNotBeNull();
    }

    private static Task<object> CallAsync(Microsoft.AspNetCore.SignalR.Client.HubConnection connection) =>
        Microsoft.AspNetCore.SignalR.Client.HubConnectionExtensions.InvokeAsync<object>(connection, "Ping", Ct);
}
