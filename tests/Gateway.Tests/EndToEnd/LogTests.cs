using Microsoft.AspNetCore.Http.Connections;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.EndToEnd;

/// <summary>What the server writes while everything secret passes through it, with the log as talkative as who looks for a fault sets it.</summary>
public sealed class LogTests(LogTests.Talkative place) : IClassFixture<LogTests.Talkative>
{
    public sealed class Talkative : StandalonePlace
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Logging__LogLevel__Default"] = "Debug" };
    }

    private const string Content = "whispered-content";
    private const string Draft = "whispered-draft";
    private const string Metadata = "whispered-metadata";
    private const string WrongPassword = "wrong-whispered-password";

    [Fact]
    public async Task No_token_password_ticket_or_content_is_written()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob");
        var secrets = new List<string>
        {
            Content,
            Draft,
            Metadata,
            WrongPassword,
            alice.AccessToken!,
            alice.RefreshToken!,
            bob.AccessToken!,
            bob.RefreshToken!,
        };
        var chat = await Place.NewGroupAsync(alice, bob);

        var login = new { user_id = alice.UserId, password = WrongPassword };
        (await alice.PostAsync("auth/login", login)).Status.ShouldBe(401);
        (await alice.PostAsync("auth/login", new { user_id = 5, password = WrongPassword })).Status.ShouldBe(400);
        await SendAsync(alice, chat);
        (await alice.PutAsync($"chats/{chat}/preferences", new { draft = Draft })).Status.ShouldBe(200);
        await TransportsAsync(alice, chat);
        await QueriesAsync(alice, bob);
        secrets.Add(await TicketAsync(alice));
        secrets.AddRange(await RefreshAsync(bob));
        (await alice.PostAsync("auth/logout")).Status.ShouldBe(204);

        (await place.StopAsync()).ShouldBe(0);
        var log = await place.LogAsync();
        // It was talkative indeed.
        log.ShouldContain("dbug: ");
        LoggedSecrets.ShouldBeNoneIn(log, secrets);
    }

    private static async Task SendAsync(RawClient alice, string chat)
    {
        var id = Place.NewId();
        await Place.SendAsync(alice, chat, Content, id, new { note = Metadata });
        (await alice.PatchAsync($"chats/{chat}/messages/{id}", new { content = Content + " again" })).Status.ShouldBe(200);
        var refused = new
        {
            chat_id = chat,
            content = Content,
            type = "nonsense",
            metadata = new { note = Metadata },
        };
        (await alice.PostAsync("messages", refused)).Status.ShouldBe(400);
        (
            await alice.PostAsync(
                "messages",
                new
                {
                    chat_id = "nowhere",
                    content = Content,
                    type = "text",
                }
            )
        ).Status.ShouldBe(404);
        using var malformed = new StringContent($"{{\"content\":\"{Content}", System.Text.Encoding.UTF8, "application/json");
        (await alice.PostAsync("messages", malformed)).Status.ShouldBe(400);
        (
            await alice.PostAsync(
                "messages",
                new
                {
                    chat_id = chat,
                    content = Content + new string('x', 16_000),
                    type = "text",
                }
            )
        ).Status.ShouldBe(413);
    }

    private static async Task TransportsAsync(RawClient alice, string chat)
    {
        foreach (var transport in new[] { HttpTransportType.WebSockets, HttpTransportType.ServerSentEvents, HttpTransportType.LongPolling })
        {
            await using var hub = await Place.ConnectAsync(alice, transport);
            await hub.InvokeAsync(
                "SendMessage",
                new
                {
                    chat_id = chat,
                    content = Content,
                    type = "text",
                }
            );
            await hub.RefusedAsync("SendMessage", new { chat_id = 5, content = Content });
            await hub.InvokeAsync("Reauthenticate", new { access_token = alice.AccessToken });
            await hub.RefusedAsync("Reauthenticate", new { access_token = alice.AccessToken + "x" });
        }
    }

    private async Task QueriesAsync(RawClient alice, RawClient bob)
    {
        await using (var socket = await JsonSocket.ConnectAsync(place.Here, alice.AccessToken))
        {
            await socket.CallAsync("Ping", "[]");
            await socket.SendAsync($"{{\"type\":1,\"target\":\"{Content}");
        }
        await Should.ThrowAsync<Exception>(JsonSocket.ConnectAsync(place.Here, alice.AccessToken + "x"));
        foreach (
            var path in new[]
            {
                "/api/v1/users/me?access_token=",
                "/hubs/chat?access_token=",
                "/nowhere?access_token=",
                "/hubs/chat?ticket=",
            }
        )
            (await alice.GetAsync(path + bob.AccessToken)).Status.ShouldBeInRange(200, 499);
    }

    private async Task<string> TicketAsync(RawClient alice)
    {
        var ticket = (await alice.PostAsync("auth/connection-ticket")).Text("ticket");
        using var http = new HttpClient { BaseAddress = place.Here };
        foreach (var status in new[] { 200, 401 })
        {
            using var answer = await http.PostAsync(
                new Uri("/hubs/chat/negotiate?negotiateVersion=1&ticket=" + ticket, UriKind.Relative),
                content: null
            );
            ((int)answer.StatusCode).ShouldBe(status);
        }
        return ticket;
    }

    private static async Task<string[]> RefreshAsync(RawClient bob)
    {
        var next = await bob.PostAsync("auth/refresh", new { refresh_token = bob.RefreshToken });
        // Again: a warning is written of it.
        (await bob.PostAsync("auth/refresh", new { refresh_token = bob.RefreshToken })).Status.ShouldBe(401);
        return [next.Text("refresh_token"), next.Text("access_token")];
    }
}
