using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Oidc;

/// <summary>Who a provider's subject is here, and its sessions.</summary>
public sealed class OidcUserTests(OidcUserTests.Own place) : IClassFixture<OidcUserTests.Own>
{
    /// <summary>The other class stops its provider.</summary>
    public sealed class Own : IAsyncLifetime
    {
        public OidcPlace Place { get; } = new();

        public ValueTask InitializeAsync() => Place.InitializeAsync();

        public ValueTask DisposeAsync() => Place.DisposeAsync();
    }

    private readonly OidcProvider _provider = place.Place.Provider;

    [Fact]
    public async Task The_first_use_makes_a_user_and_the_same_subject_is_the_same_user()
    {
        var subject = Subject();
        await using var first = As(subject, "laptop", (_, p) => p["name"] = "Alice A");
        await using var second = As(subject, "phone");
        var made = (await first.GetAsync("users/me")).Body;
        made.GetProperty("display_name").GetString().ShouldBe("Alice A");
        made.GetProperty("user_id").GetString()!.ShouldStartWith("x-");
        (await second.GetAsync("users/me")).Text("user_id").ShouldBe(made.GetProperty("user_id").GetString());
        await using var other = As(subject + "2");
        (await other.GetAsync("users/me")).Text("user_id").ShouldNotBe(made.GetProperty("user_id").GetString());
    }

    [Theory, InlineData(true), InlineData(false)]
    public async Task The_id_is_chosen_once(bool usedBefore)
    {
        var (subject, id) = (Subject(), "alice-" + Place.NewId()[24..]);
        await using var alice = As(subject, "s");
        if (usedBefore)
            (await alice.GetAsync("users/me")).Status.ShouldBe(200);
        (await alice.PutAsync("users/me", new { user_id = id, display_name = "Alice" })).Text("user_id").ShouldBe(id);
        (await alice.GetAsync("users/me")).Text("user_id").ShouldBe(id);
        (await alice.GetAsync("users/" + id)).Text("display_name").ShouldBe("Alice");
        (await alice.GetAsync("auth/sessions")).Body.GetProperty("sessions").GetArrayLength().ShouldBe(1);

        // The same again, after an answer that was lost, is no other choice.
        (await alice.PutAsync("users/me", new { user_id = id, display_name = "Alice" })).Status.ShouldBe(200);
        (await alice.PutAsync("users/me", new { user_id = id + "2", display_name = "Alice" })).Code.ShouldBe("conflict");
        await using var bob = As(Subject());
        (await bob.PutAsync("users/me", new { user_id = id, display_name = "Bob" })).Code.ShouldBe("conflict");
        (await bob.PutAsync("users/me", new { user_id = "me", display_name = "Bob" })).Code.ShouldBe("validation_failed");
        (await bob.PutAsync("users/me", new { user_id = id + "3", display_name = "Bob" })).Status.ShouldBe(200);
        await using var hers = await alice.ConnectAsync();
        var chat = await bob.PostAsync("chats", new { type = "group", member_ids = new[] { id } });
        chat.Status.ShouldBe(201, chat.Body.ToString());
        await Place.SendAsync(bob, chat.Text("chat_id"), "hello");
        await Place.MessageAsync(hers, chat.Text("chat_id"), "hello");
    }

    [Fact]
    public async Task A_session_is_listed_and_its_end_ends_its_connections_and_all_its_tokens()
    {
        var subject = Subject();
        await using var laptop = As(subject, "laptop");
        await using var phone = As(subject, "phone");
        await using var hub = await phone.ConnectAsync();
        await using var stays = await laptop.ConnectAsync();
        var sessions = (await phone.GetAsync("auth/sessions")).Body.GetProperty("sessions").EnumerateArray().ToArray();
        sessions.Length.ShouldBe(2);
        var session = sessions.Single(s => s.GetProperty("current").GetBoolean()).GetProperty("session_id").GetString();

        (await laptop.DeleteAsync($"auth/sessions/{session}")).Status.ShouldBe(204);

        await hub.Closed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        hub.Events.OfType("session.revoked").ShouldHaveSingleItem();
        await RefusedAsync(phone);
        await using var newer = As(subject, "phone");
        (await newer.GetAsync("users/me")).Code.ShouldBe("unauthenticated");
        (await newer.PutAsync("users/me", new { user_id = "thief-" + Place.NewId()[24..], display_name = "T" })).Code.ShouldBe(
            "unauthenticated"
        );
        await Should.ThrowAsync<Exception>(newer.ConnectAsync(awaitHello: false));
        (await laptop.GetAsync("auth/sessions")).Body.GetProperty("sessions").GetArrayLength().ShouldBe(1);
        (await stays.InvokeAsync("Ping")).TryGetProperty("server_time", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task Without_a_sid_the_tokens_own_id_is_the_session()
    {
        var subject = Subject();
        await using var one = As(subject);
        await using var two = As(subject);
        var session = Single(await one.GetAsync("auth/sessions"));
        Single(await one.GetAsync("auth/sessions")).ShouldBe(session);
        (await two.GetAsync("auth/sessions")).Body.GetProperty("sessions").GetArrayLength().ShouldBe(2);

        (await two.DeleteAsync($"auth/sessions/{session}")).Status.ShouldBe(204);
        await RefusedAsync(one);
        (await two.GetAsync("users/me")).Status.ShouldBe(200);

        static string Single(RawAnswer sessions) =>
            sessions
                .Body.GetProperty("sessions")
                .EnumerateArray()
                .Single(s => s.GetProperty("current").GetBoolean())
                .GetProperty("session_id")
                .GetString()!;
    }

    [Fact]
    public async Task A_logout_ends_the_session_and_a_ticket_opens_its_connection()
    {
        await using var alice = As(Subject(), "s");
        var ticket = (await alice.PostAsync("auth/connection-ticket")).Text("ticket");
        await using var hub = new RawHub(place.Place.Here, () => ticket);
        await hub.StartAsync(TestContext.Current.CancellationToken);
        await hub.Events.WaitForTypeAsync("hello");

        (await alice.PostAsync("auth/logout")).Status.ShouldBe(204);
        await hub.Closed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        await RefusedAsync(alice);
    }

    private static string Subject() => "auth0|" + Place.NewId();

    private RawClient As(
        string subject,
        string? sid = null,
        Action<Dictionary<string, object>, Dictionary<string, object>>? spoil = null
    ) => place.Place.As(_provider.Token(subject, sid, spoil));

    private static async Task RefusedAsync(RawClient client)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while ((await client.GetAsync("users/me")).Code != "unauthenticated")
            await again.WaitForNextTickAsync(limit.Token);
    }
}
