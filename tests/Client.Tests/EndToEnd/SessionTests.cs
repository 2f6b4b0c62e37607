using System.Text;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Client.Tests.EndToEnd;

/// <summary>Sessions that end and tokens that are renewed, as the SDK tells of them.</summary>
public sealed class SessionTests(PeacefulServer server)
{
    [Fact]
    public async Task A_revoked_session_is_a_state_that_lasts_until_somebody_signs_in()
    {
        await using var phone = await Person.NewAsync("alice", Options());
        await using var laptop = Person.Of(phone.Id, Options());
        await laptop.LoginAsync();
        await laptop.Client.ConnectAsync();
        var chat = await phone.NewGroupAsync();

        await phone.Client.RevokeSessionAsync(laptop.Client.Hello!.SessionId);
        await laptop.EventAsync<SessionRevoked>();
        await laptop.UntilAsync(me => me.Client.State == ConnectionState.SignedOut, "the end");
        var unsent = laptop.Client.SendText(chat, "written meanwhile");
        (await Should.ThrowAsync<ChatProblemException>(laptop.Client.ConnectAsync())).Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await Should.ThrowAsync<ChatProblemException>(laptop.Client.GetChatsAsync())).Code.ShouldBe(ProblemCodes.Unauthenticated);
        laptop.Client.State.ShouldBe(ConnectionState.SignedOut);
        laptop.States.ShouldNotContain(ConnectionState.Waiting);
        phone.States.ShouldBe([ConnectionState.Connecting, ConnectionState.Connected]);

        await laptop.LoginAsync();
        await laptop.Client.ConnectAsync();
        (await unsent).Seq.ShouldBe(1);
    }

    [Fact]
    public async Task What_waits_in_the_outbox_when_the_session_is_revoked_is_not_refused_with_it()
    {
        await using var phone = await Person.NewAsync("alice", Options());
        var store = new MemoryOutboxStore();
        await using var laptop = Person.Of(phone.Id, Options(outbox: store));
        await laptop.LoginAsync();
        await laptop.Client.ConnectAsync();
        var chat = await phone.NewGroupAsync();
        string[] texts = [.. Enumerable.Range(0, 300).Select(i => $"m{i}")];

        var sending = Task.WhenAll(texts.Select(text => laptop.Client.SendText(chat, text)));
        await phone.Client.RevokeSessionAsync(laptop.Client.Hello!.SessionId);
        await laptop.UntilAsync(me => me.Client.State == ConnectionState.SignedOut, "the end");
        sending.IsCompleted.ShouldBeFalse("The session was to be revoked in the middle.");
        await laptop.LoginAsync();
        await laptop.Client.ConnectAsync();

        (await sending).Select(answer => answer.Seq).ShouldBe(Enumerable.Range(1, texts.Length).Select(i => (long)i));
        await phone.UntilAsync(me => me.Texts(chat).Length >= texts.Length, "all messages");
        phone.Texts(chat).ShouldBe(texts);
        store.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_holds_the_password_begins_another_session()
    {
        await using var phone = await Person.NewAsync("alice", Options());
        await using var bot = Person.Of(phone.Id, Options(new Credentials(phone.Id, Person.Password)));
        await bot.Client.ConnectAsync();
        var first = bot.Client.Hello!.SessionId;

        await phone.Client.RevokeSessionAsync(first);
        await bot.UntilAsync(me => me.Client.State == ConnectionState.Connected && me.Client.Hello!.SessionId != first, "another session");
        bot.States.ShouldNotContain(ConnectionState.SignedOut);
        var sessions = (await phone.Client.GetSessionsAsync()).Sessions.Select(session => session.SessionId);
        sessions.ShouldBe([phone.Client.Hello!.SessionId, bot.Client.Hello!.SessionId], ignoreOrder: true);
    }

    [Fact]
    public async Task A_connection_outlives_its_tokens_because_fresh_ones_are_shown_in_time()
    {
        // Without them it is closed 12 s after its opening; the second renewal comes after 18.
        await using var strict = new StandaloneServer(
            ("Auth__AccessTokenSeconds", "10"),
            ("Auth__ClockSkewSeconds", "0"),
            ("Delivery__TokenGraceSeconds", "2")
        );
        await strict.StartAsync();
        var store = new MemoryTokenStore();
        await using var alice = await Person.NewAsync("alice", Options(tokens: store, at: strict.Url));
        var chat = await alice.NewGroupAsync();

        await alice.UntilAsync(_ => store.Saved.Count >= 3, "two renewals");
        await alice.Client.SendText(chat, "still here");
        await alice.EventAsync<MessageCreated>(e => e.Message.Content == "still here");
        alice.States.ShouldBe([ConnectionState.Connecting, ConnectionState.Connected]);
        store.Saved.ShouldAllBe(held => held != null && held.Tokens.SessionId == alice.Client.Hello!.SessionId);
    }

    [Fact]
    public async Task When_the_answer_of_a_refresh_is_lost_the_session_has_ended_and_that_is_told()
    {
        await using var proxy = new TcpProxy(server.Url.Port);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        await using var alice = await Person.NewAsync("alice", Options(at: Through(proxy), time: time));

        await LoseARefreshAsync(proxy, time, alice);

        await Clock.AdvanceUntilAsync(time, alice.UntilAsync(me => me.Client.State == ConnectionState.SignedOut, "the end"));
        (await Should.ThrowAsync<ChatProblemException>(alice.Client.GetAccessTokenAsync())).Code.ShouldBe(ProblemCodes.Unauthenticated);
        await alice.LoginAsync();
        await alice.Client.ConnectAsync();
    }

    [Fact]
    public async Task When_the_answer_of_a_refresh_is_lost_a_password_mends_it()
    {
        await using var proxy = new TcpProxy(server.Url.Port);
        var time = new FakeTimeProvider(TimeProvider.System.GetUtcNow());
        var credentials = Person.NewCredentials("alice");
        await using var alice = await Person.NewAsync(credentials, Options(credentials, at: Through(proxy), time: time));
        var first = alice.Client.Hello!.SessionId;
        var chat = await alice.NewGroupAsync();

        await LoseARefreshAsync(proxy, time, alice);

        await Clock.AdvanceUntilAsync(
            time,
            alice.UntilAsync(me => me.Client.State == ConnectionState.Connected && me.Client.Hello!.SessionId != first, "another session")
        );
        alice.States.ShouldNotContain(ConnectionState.SignedOut);
        var sent = alice.Client.SendText(chat, "here again");
        await Clock.AdvanceUntilAsync(time, sent);
        (await sent).Seq.ShouldBe(1);
    }

    // The token is about to expire by the client's clock; the request for the next arrives, and what the server answers does not.
    private async Task LoseARefreshAsync(TcpProxy proxy, FakeTimeProvider time, Person person)
    {
        await using var witness = new RawClient(server.Url);
        await witness.LoginAsync(person.Id, Person.Password);
        var before = await LastUsedAsync(witness, person);
        var forwarded = proxy.SwallowAnswersAfter(Encoding.ASCII.GetBytes("/auth/refresh"));
        time.Advance(TimeSpan.FromSeconds(541));
        await Clock.AdvanceUntilAsync(time, forwarded);
        await Clock.UntilAsync(async () => await LastUsedAsync(witness, person) != before, "the rotation");
        proxy.Pass();
    }

    private static async Task<string?> LastUsedAsync(RawClient witness, Person person) =>
        (await witness.GetAsync("auth/sessions"))
            .Body.GetProperty("sessions")
            .EnumerateArray()
            .First(session => session.GetProperty("session_id").GetString() == person.Client.Hello!.SessionId)
            .GetProperty("last_used_at")
            .GetString();

    private static Uri Through(TcpProxy proxy) => new($"http://localhost:{proxy.Port}");

    private ChatClientOptions Options(
        Credentials? credentials = null,
        IOutboxStore? outbox = null,
        ITokenStore? tokens = null,
        Uri? at = null,
        TimeProvider? time = null
    ) =>
        new()
        {
            Server = at ?? server.Url,
            Credentials = credentials,
            OutboxStore = outbox,
            TokenStore = tokens,
            Time = time ?? TimeProvider.System,
            BackoffCap = TimeSpan.FromSeconds(1),
        };
}
