using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>Fields that are the server's to set, given by a client: ignored as unknown ones are, or refused, and never taken over.</summary>
public sealed class IdentityTests(StandalonePlace place) : IAsyncLifetime
{
    private const string Past = "2001-02-03T04:05:06.000Z";
    private RawClient _alice = null!;
    private RawClient _bob = null!;
    private string _chat = "";

    public async ValueTask InitializeAsync()
    {
        (_alice, _bob) = (await place.NewUserAsync("alice"), await place.NewUserAsync("bob"));
        _chat = await Place.NewGroupAsync(_bob, _alice);
    }

    public async ValueTask DisposeAsync()
    {
        await _alice.DisposeAsync();
        await _bob.DisposeAsync();
    }

    private string ServersOwn =>
        $$"""
            "seq":9000,"revision":9000,"created_at":"{{Past}}","updated_at":"{{Past}}","edited_at":"{{Past}}","deleted_at":"{{Past}}","status":"read",
            "reactions":[{"emoji":"x","count":9,"user_ids":["{{_bob.UserId}}"]}],"sender":"{{_bob.UserId}}","user_id":"{{_bob.UserId}}","role":"owner",
            "ordinal":9000,"fingerprint":"AAAA","repeated":true,"retry":true,"hidden_from":["{{_bob.UserId}}"]
            """;

    [Theory, InlineData(false), InlineData(true)]
    public async Task A_message_is_of_who_sends_it_now_and_here(bool overHub)
    {
        var id = Place.NewId();
        var body = JsonElement.Parse($$"""{"chat_id":"{{_chat}}","content":"mine","type":"text","message_id":"{{id}}",{{ServersOwn}}}""");
        await using var hub = await _alice.ConnectAsync();
        var sent = overHub ? await hub.InvokeAsync("SendMessage", body) : (await _alice.PostAsync("messages", body)).Body;
        sent.GetProperty("seq").GetInt64().ShouldBe(1);

        var message = (await _bob.GetAsync($"chats/{_chat}/messages/{id}")).Body;
        message.GetProperty("sender_id").GetString().ShouldBe(_alice.UserId);
        ShouldBeTheServers(message, seq: 1);
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task Nobody_sends_in_anothers_name(bool overHub)
    {
        await using var hub = await _alice.ConnectAsync();
        foreach (var name in new[] { _bob.UserId!, _alice.UserId!.ToUpperInvariant(), "no-such-user" })
        {
            var body = new
            {
                chat_id = _chat,
                content = "x",
                type = "text",
                sender_id = name,
            };
            var problem = overHub ? await hub.RefusedAsync("SendMessage", body) : (await _alice.PostAsync("messages", body)).Body;
            Refusals.WrongWith(problem, "forbidden", null).ShouldBeNull();
        }
        (await Place.ContentsAsync(_bob, _chat)).ShouldBeEmpty();
    }

    [Theory, InlineData(false), InlineData(true)]
    public async Task An_edit_changes_the_content_of_the_message_it_names_and_nothing_else(bool overHub)
    {
        var id = (await Place.SendAsync(_alice, _chat, "mine")).GetProperty("message_id").GetString()!;
        var other = (await Place.SendAsync(_bob, _chat, "his")).GetProperty("message_id").GetString()!;
        await using var hub = await _alice.ConnectAsync();
        var fields = $$"""{"content":"better","sender_id":"{{_bob.UserId}}",{{ServersOwn}}}""";
        if (overHub)
            await hub.InvokeAsync("EditMessage", With(With(fields, "chat_id", _chat), "message_id", id));
        else
            (
                await _alice.PatchAsync($"chats/{_chat}/messages/{id}", With(With(fields, "chat_id", "elsewhere"), "message_id", other))
            ).Status.ShouldBe(200);

        var message = (await _bob.GetAsync($"chats/{_chat}/messages/{id}")).Body;
        message.GetProperty("content").GetString().ShouldBe("better");
        message.GetProperty("sender_id").GetString().ShouldBe(_alice.UserId);
        message.GetProperty("edited_at").GetDateTimeOffset().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        message.TryGetProperty("deleted_at", out _).ShouldBeFalse();
        (await Place.ContentsAsync(_bob, _chat)).ShouldBe(["better", "his"]);
    }

    [Fact]
    public async Task What_the_hub_is_told_of_is_its_callers()
    {
        await Place.SendAsync(_bob, _chat, "his");
        var message = (await Place.SendAsync(_bob, _chat, "hers")).GetProperty("message_id").GetString();
        await using var hers = await _alice.ConnectAsync();
        await using var his = await _bob.ConnectAsync();
        var user_id = _bob.UserId;
        await hers.InvokeAsync(
            "React",
            new
            {
                chat_id = _chat,
                message_id = message,
                emoji = "x",
                user_id,
                sender_id = user_id,
            }
        );
        await hers.InvokeAsync(
            "Typing",
            new
            {
                chat_id = _chat,
                is_typing = true,
                user_id,
            }
        );
        await hers.InvokeAsync(
            "Acknowledge",
            new[]
            {
                new
                {
                    chat_id = _chat,
                    read_seq = 1,
                    user_id,
                },
            }
        );
        await hers.InvokeAsync("SetPresence", new { status = "dnd", user_id });

        (await his.Events.WaitForTypeAsync("reaction.changed", _chat)).GetProperty("user_id").GetString().ShouldBe(_alice.UserId);
        (await his.Events.WaitForTypeAsync("typing", _chat)).GetProperty("user_id").GetString().ShouldBe(_alice.UserId);
        (await his.Events.WaitForTypeAsync("receipt", _chat)).GetProperty("user_id").GetString().ShouldBe(_alice.UserId);
        (await _alice.GetAsync($"users/{_bob.UserId}/presence")).Text("status").ShouldBe("online");
        (await _bob.GetAsync($"users/{_alice.UserId}/presence")).Text("status").ShouldBe("dnd");
    }

    [Fact]
    public async Task A_chat_begins_at_its_beginning_with_its_maker_as_owner()
    {
        var made = await _alice.PostAsync(
            "chats",
            JsonElement.Parse(
                $$"""
                {"type":"group","name":"Us","member_ids":["{{_bob.UserId}}"],"owner_id":"{{_bob.UserId}}","created_by":"{{_bob.UserId}}","head_seq":9000,
                 "member_count":9,"joined_seq":9000,"unread_count":9,"read_seq":9000,"is_public":true,"epoch":9000,{{ServersOwn.Replace(
                    "\"owner\"",
                    "\"guest\"",
                    StringComparison.Ordinal
                )}}}
                """
            )
        );
        made.Status.ShouldBe(201, made.Body.ToString());
        (made.Text("role"), made.Body.GetProperty("revision").GetInt64(), made.Body.GetProperty("head_seq").GetInt64()).ShouldBe(
            ("owner", 1, 0)
        );
        (made.Body.GetProperty("member_count").GetInt32(), made.Body.GetProperty("unread_count").GetInt64()).ShouldBe((2, 0));
        made.Body.GetProperty("created_at").GetDateTimeOffset().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(-5));

        var chat = made.Text("chat_id");
        var patch = $$"""{"name":"We","type":"channel","chat_id":"{{_chat}}","deleted_at":"{{Past}}",{{ServersOwn}}}""";
        var changed = await _alice.PatchAsync($"chats/{chat}", JsonElement.Parse(patch));
        (changed.Text("type"), changed.Text("chat_id"), changed.Text("role")).ShouldBe(("group", chat, "owner"));
        changed.Body.GetProperty("revision").GetInt64().ShouldBeLessThan(9_000);
        (await _alice.GetAsync($"chats/{_chat}")).Text("name").ShouldBe("Us");
    }

    [Fact]
    public async Task A_member_is_who_the_path_names_and_joins_now()
    {
        await using var carol = await place.NewUserAsync("carol");
        await Place.SendAsync(_bob, _chat, "before");
        var body =
            $$"""{"role":"guest","user_id":"{{_alice.UserId}}","joined_at":"{{Past}}","joined_seq":0,"delivered_seq":9000,"read_seq":9000}""";
        var added = await _bob.PutAsync($"chats/{_chat}/members/{carol.UserId}", JsonElement.Parse(body));
        (added.Status, added.Text("user_id"), added.Text("role")).ShouldBe((200, carol.UserId!, "guest"));
        added.Body.GetProperty("joined_seq").GetInt64().ShouldBe(1);
        added.Body.GetProperty("read_seq").GetInt64().ShouldBeLessThan(9_000);
        added.Body.GetProperty("joined_at").GetDateTimeOffset().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        (await _alice.GetAsync($"chats/{_chat}")).Text("role").ShouldBe("member");

        // What is mine alone of a chat is no way to another's, or to a role.
        var preferences = JsonElement.Parse(
            $$"""{"pinned":true,"user_id":"{{_bob.UserId}}","role":"owner","read_seq":9000,"joined_seq":0}"""
        );
        (await carol.PutAsync($"chats/{_chat}/preferences", preferences)).Status.ShouldBe(200);
        var hers = (await carol.GetAsync($"chats/{_chat}")).Body;
        (hers.GetProperty("role").GetString(), hers.GetProperty("joined_seq").GetInt64()).ShouldBe(("guest", 1));
        (await _bob.GetAsync($"chats/{_chat}")).Body.GetProperty("pinned").GetBoolean().ShouldBeFalse();
    }

    [Fact]
    public async Task An_account_is_what_registering_makes_it_and_a_profile_changes_no_more_than_itself()
    {
        var id = "dave-" + Place.NewId()[20..];
        await using var dave = new RawClient(place.Here);
        var registered = await dave.PostAsync(
            "auth/register",
            JsonElement.Parse(
                $$"""
                {"user_id":"{{id}}","display_name":"Dave","password":"correct horse battery","session_id":"chosen","role":"admin","created_at":"{{Past}}",
                 "password_hash":"AAAA","expires_in":999999,"privacy":{"last_seen":"nobody"} }
                """
            )
        );
        registered.Status.ShouldBe(201, registered.Body.ToString());
        registered.Text("session_id").ShouldNotBe("chosen");
        registered.Body.GetProperty("expires_in").GetInt32().ShouldBeLessThanOrEqualTo(600);

        dave.UseToken(registered.Text("access_token"));
        var patch =
            $$"""{"display_name":"David","user_id":"{{_bob.UserId}}","created_at":"{{Past}}","password":"another password","password_hash":"AAAA"}""";
        var patched = await dave.PatchAsync("users/me", JsonElement.Parse(patch));
        (patched.Status, patched.Text("user_id"), patched.Text("display_name")).ShouldBe((200, id, "David"));
        patched.Body.GetProperty("created_at").GetDateTimeOffset().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        (await _bob.GetAsync("users/me")).Text("display_name").ShouldBe(_bob.UserId);
        await dave.LoginAsync(id);
        // An id that is taken is told, and taken from nobody.
        var again = await dave.PostAsync(
            "auth/register",
            new
            {
                user_id = _bob.UserId,
                display_name = "Mallory",
                password = "another password",
            }
        );
        Refusals.WrongWith(again.Body, "conflict", null).ShouldBeNull();
        await _bob.LoginAsync(_bob.UserId!);
        (await _bob.GetAsync("users/me")).Text("display_name").ShouldBe(_bob.UserId);
    }

    private static JsonElement With(string json, string name, string value) => JsonElement.Parse(JsonText.With(json, name, $"\"{value}\""));

    private static JsonElement With(JsonElement json, string name, string value) => With(json.GetRawText(), name, value);

    private static void ShouldBeTheServers(JsonElement message, long seq)
    {
        (message.GetProperty("seq").GetInt64(), message.GetProperty("status").GetString()).ShouldBe((seq, "sent"));
        message.GetProperty("revision").GetInt64().ShouldBeLessThan(9_000);
        message.GetProperty("created_at").GetDateTimeOffset().ShouldBeGreaterThan(TimeProvider.System.GetUtcNow().AddMinutes(-5));
        message.GetProperty("reactions").GetArrayLength().ShouldBe(0);
        foreach (var absent in new[] { "edited_at", "deleted_at" })
            message.TryGetProperty(absent, out _).ShouldBeFalse(absent);
    }
}
