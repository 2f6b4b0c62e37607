using System.Net.Http.Json;
using Orleans.Chat.Support;

namespace Orleans.Chat.EndToEnd;

/// <summary>Who may be where, and what strangers learn: nothing.</summary>
public abstract class PeopleScenarios(Place place)
{
    [Fact]
    public async Task A_stranger_gets_on_every_path_what_it_gets_for_a_chat_that_is_not_there()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var mallory = await place.NewUserAsync("mallory", place.There);
        var chat = await Place.NewGroupAsync(alice);
        var message = (await Place.SendAsync(alice, chat, "private")).GetProperty("message_id").GetString();

        foreach (var (method, path, body) in Paths(message!, mallory.UserId!))
        {
            var there = await mallory.CallAsync(method, path(chat), body);
            var nowhere = await mallory.CallAsync(method, path("no-such-chat"), body);
            there.Status.ShouldBe(404, path(chat));
            there.Code.ShouldBe("not_found");
            nowhere.Status.ShouldBe(404, path("no-such-chat"));
            there.Body.GetProperty("detail").GetString().ShouldBe(nowhere.Body.GetProperty("detail").GetString());
        }
        foreach (var id in new[] { chat, "no-such-chat" })
            (
                await mallory.PostAsync(
                    "messages",
                    new
                    {
                        chat_id = id,
                        content = "x",
                        type = "text",
                    }
                )
            ).Code.ShouldBe("not_found");
        (await alice.GetAsync($"chats/{chat}")).Status.ShouldBe(200);
    }

    private static IEnumerable<(HttpMethod Method, Func<string, string> Path, object? Body)> Paths(string message, string me) =>
        [
            (HttpMethod.Get, c => $"chats/{c}", null),
            (HttpMethod.Patch, c => $"chats/{c}", new { name = "x" }),
            (HttpMethod.Delete, c => $"chats/{c}", null),
            (HttpMethod.Get, c => $"chats/{c}/members", null),
            (HttpMethod.Put, c => $"chats/{c}/members/{me}", new { role = "member" }),
            (HttpMethod.Delete, c => $"chats/{c}/members/{me}", null),
            (HttpMethod.Post, c => $"chats/{c}/join", null),
            (HttpMethod.Put, c => $"chats/{c}/preferences", new { pinned = true }),
            (HttpMethod.Get, c => $"chats/{c}/messages", null),
            (HttpMethod.Get, c => $"chats/{c}/messages/{message}", null),
            (HttpMethod.Get, c => $"chats/{c}/messages/{message}/edits", null),
            (HttpMethod.Patch, c => $"chats/{c}/messages/{message}", new { content = "x" }),
            (HttpMethod.Delete, c => $"chats/{c}/messages/{message}", null),
            (HttpMethod.Put, c => $"chats/{c}/messages/{message}/reactions/x", null),
            (HttpMethod.Get, c => $"chats/{c}/changes?after_revision=0", null),
        ];

    [Fact]
    public async Task Who_is_removed_gets_its_own_removal_last_and_nothing_after()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        await using var carol = await place.NewUserAsync("carol", place.There);
        var chat = await Place.NewGroupAsync(alice, bob, carol);
        await using var his = await bob.ConnectAsync();
        await using var hers = await carol.ConnectAsync();
        await Place.SendAsync(alice, chat, "before");
        await Place.MessageAsync(his, chat, "before");

        (await alice.DeleteAsync($"chats/{chat}/members/{bob.UserId}")).Status.ShouldBe(204);
        await Place.SendAsync(alice, chat, "after");
        await Place.MessageAsync(hers, chat, "after");

        await his.Events.WaitForTypeAsync("member.left", chat);
        Place.Pushed(his, chat).ShouldBe(["before"]);
        var last = his.Events.All.Last(e =>
            e.TryGetProperty("chat_id", out var id) && id.GetString() == chat && e.TryGetProperty("revision", out _)
        );
        last.GetProperty("type").GetString().ShouldBe("member.left");
        (await bob.GetAsync($"chats/{chat}/messages")).Code.ShouldBe("not_found");
    }

    [Fact]
    public async Task Who_joins_a_group_sees_what_comes_after_on_every_path()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice);
        var old = (await Place.SendAsync(alice, chat, "old")).GetProperty("message_id").GetString();
        await using var his = await bob.ConnectAsync();

        (await alice.PutAsync($"chats/{chat}/members/{bob.UserId}", new { role = "member" })).Status.ShouldBe(200);
        var joined = await his.Events.WaitForTypeAsync("member.joined", chat);
        joined.GetProperty("member").GetProperty("joined_seq").GetInt64().ShouldBe(1);
        await Place.SendAsync(alice, chat, "new");
        await Place.MessageAsync(his, chat, "new");
        (await alice.PatchAsync($"chats/{chat}/messages/{old}", new { content = "older" })).Status.ShouldBe(200);
        await his.Events.WaitForTypeAsync("noop", chat);

        his.Events.All.ShouldNotContain(e => e.ToString().Contains("older"));
        (await bob.GetAsync($"chats/{chat}/messages/{old}")).Code.ShouldBe("not_found");
        (await bob.GetAsync($"chats/{chat}/messages?before={old}")).Code.ShouldBe("validation_failed");
        (await Place.ContentsAsync(bob, chat)).ShouldContain("new");
        (await Place.ContentsAsync(bob, chat)).ShouldNotContain("older");
        (await bob.GetAsync($"chats/{chat}/changes?after_revision=0")).Body.ToString().ShouldNotContain("older");
    }

    [Fact]
    public async Task Two_people_have_one_direct_chat_and_a_block_closes_it()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var first = await alice.PostAsync("chats", new { type = "direct", member_ids = new[] { bob.UserId } });
        var second = await bob.PostAsync("chats", new { type = "direct", member_ids = new[] { alice.UserId } });
        first.Status.ShouldBe(201);
        second.Status.ShouldBe(200);
        second.Text("chat_id").ShouldBe(first.Text("chat_id"));
        var chat = first.Text("chat_id");

        (await alice.PutAsync($"users/me/blocks/{bob.UserId}")).Status.ShouldBe(204);
        (
            await bob.PostAsync(
                "messages",
                new
                {
                    chat_id = chat,
                    content = "x",
                    type = "text",
                }
            )
        ).Code.ShouldBe("forbidden");
        (await alice.DeleteAsync($"users/me/blocks/{bob.UserId}")).Status.ShouldBe(204);
        await Place.SendAsync(bob, chat, "again");
    }

    [Fact]
    public async Task A_public_channel_is_found_joined_and_read_whole()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var word = "w" + Place.NewId().Replace("-", "", StringComparison.Ordinal)[16..];
        var channel = await alice.PostAsync("chats", new { type = "channel", name = $"The {word} channel" });
        channel.Status.ShouldBe(201, channel.Body.ToString());
        var chat = channel.Text("chat_id");
        await Place.SendAsync(alice, chat, "welcome");

        (await bob.GetAsync($"channels?query={word[..10]}")).Body.GetProperty("chats")[0].GetProperty("chat_id").GetString().ShouldBe(chat);
        (await bob.GetAsync($"chats/{chat}")).Body.TryGetProperty("role", out _).ShouldBeFalse();
        (await bob.GetAsync($"chats/{chat}/messages")).Code.ShouldBe("not_found");
        (await bob.PostAsync($"chats/{chat}/join")).Text("role").ShouldBe("member");
        (await Place.ContentsAsync(bob, chat)).ShouldContain("welcome");
    }

    [Fact]
    public async Task A_revoked_session_loses_its_connection_and_its_token_within_five_seconds()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var phone = new RawClient(place.There);
        await phone.LoginAsync(alice.UserId!);
        await using var hub = await phone.ConnectAsync();
        var sessions = (await phone.GetAsync("auth/sessions")).Body.GetProperty("sessions").EnumerateArray().ToArray();
        var current = sessions.Single(s => s.GetProperty("current").GetBoolean()).GetProperty("session_id").GetString();

        (await alice.DeleteAsync($"auth/sessions/{current}")).Status.ShouldBe(204);

        await hub.Closed.WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        hub.Events.OfType("session.revoked").ShouldHaveSingleItem();
        var answer = await phone.GetAsync("users/" + alice.UserId);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        for (var tries = 0; tries < 50 && answer.Status != 401; tries++)
        {
            await again.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            answer = await phone.GetAsync("users/" + alice.UserId);
        }
        answer.Code.ShouldBe("unauthenticated");
        (await alice.GetAsync("users/" + alice.UserId)).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Presence_follows_the_connection_and_typing_reaches_the_others()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob", place.There);
        var chat = await Place.NewGroupAsync(alice, bob);
        await using var hers = await alice.ConnectAsync();
        var before = await hers.InvokeAsync("WatchPresence", new { user_ids = new[] { bob.UserId } });
        before.GetProperty("presences")[0].GetProperty("status").GetString().ShouldBe("offline");

        var his = await bob.ConnectAsync();
        await hers.Events.WaitForAsync(e =>
            e.GetProperty("type").GetString() == "presence" && e.GetProperty("status").GetString() == "online"
        );
        await his.InvokeAsync("SetPresence", new { status = "dnd" });
        await hers.Events.WaitForAsync(e =>
            e.GetProperty("type").GetString() == "presence" && e.GetProperty("status").GetString() == "dnd"
        );
        await his.InvokeAsync("Typing", new { chat_id = chat, is_typing = true });
        (await hers.Events.WaitForTypeAsync("typing", chat)).GetProperty("user_id").GetString().ShouldBe(bob.UserId);
        await his.DisposeAsync();
        var gone = await hers.Events.WaitForAsync(e =>
            e.GetProperty("type").GetString() == "presence" && e.GetProperty("status").GetString() == "offline"
        );
        gone.TryGetProperty("last_seen_at", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("{", 400, "validation_failed")]
    [InlineData("[]", 400, "validation_failed")]
    [InlineData("null", 400, "validation_failed")]
    [InlineData("{\"chat_id\":5,\"content\":\"x\",\"type\":\"text\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"a b\",\"content\":\"x\",\"type\":\"text\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"x\",\"type\":\"nonsense\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"\",\"type\":\"text\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"a\\u0000\",\"type\":\"text\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"\\ud800\",\"type\":\"text\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"x\",\"type\":\"text\",\"message_id\":\"no\"}", 400, "validation_failed")]
    [InlineData("{\"chat_id\":\"c\",\"content\":\"x\",\"type\":\"text\",\"metadata\":[]}", 400, "validation_failed")]
    public async Task A_bad_body_is_refused_with_its_code_and_the_next_call_works(string body, int status, string code)
    {
        await using var alice = await place.NewUserAsync("alice");
        using var content = new StringContent(body, System.Text.Encoding.UTF8, "application/json");
        var refused = await alice.PostAsync("messages", content);
        refused.Status.ShouldBe(status, refused.Body.ToString());
        refused.Code.ShouldBe(code);
        var chat = await Place.NewGroupAsync(alice);
        await Place.SendAsync(alice, chat, "fine");
    }

    [Fact]
    public async Task What_is_too_large_or_of_another_type_says_so()
    {
        await using var alice = await place.NewUserAsync("alice");
        var chat = await Place.NewGroupAsync(alice);
        (
            await alice.PostAsync(
                "messages",
                new
                {
                    chat_id = chat,
                    content = new string('x', 16_001),
                    type = "text",
                }
            )
        ).Code.ShouldBe("too_large");
        (
            await alice.PostAsync(
                "messages",
                JsonContent.Create(
                    new
                    {
                        chat_id = chat,
                        content = new string('x', 1_100_000),
                        type = "text",
                    }
                )
            )
        ).Status.ShouldBe(413);
        using var xml = new StringContent("<x/>", System.Text.Encoding.UTF8, "application/xml");
        (await alice.PostAsync("messages", xml)).Code.ShouldBe("unsupported_media_type");
        foreach (var limit in new[] { "0", "-1", "1000000", "x" })
            (await alice.GetAsync($"chats/{chat}/messages?limit={limit}")).Code.ShouldBe("validation_failed");
        (await alice.GetAsync($"chats/{chat}/messages?before={Place.NewId()}")).Code.ShouldBe("validation_failed");
        (await alice.GetAsync("nothing/here")).Code.ShouldBe("not_found");
        await Place.SendAsync(alice, chat, new string('x', 16_000));
    }

    [Fact]
    public async Task The_hub_refuses_with_the_same_problems()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var hub = await alice.ConnectAsync();
        (
            await hub.RefusedAsync(
                "SendMessage",
                new
                {
                    chat_id = "nowhere",
                    content = "x",
                    type = "text",
                }
            )
        ).GetProperty("code").GetString().ShouldBe("not_found");
        (await hub.RefusedAsync("SendMessage", new { chat_id = 5 })).GetProperty("code").GetString().ShouldBe("validation_failed");
        (await hub.RefusedAsync("SendMessage", "text")).GetProperty("code").GetString().ShouldBe("validation_failed");
        (await hub.RefusedAsync("NoSuchMethod")).GetProperty("code").GetString().ShouldNotBeNull();
        (await hub.InvokeAsync("Ping")).GetProperty("server_time").GetString().ShouldNotBeNull();
    }
}
