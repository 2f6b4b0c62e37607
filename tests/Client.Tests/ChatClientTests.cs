using System.Collections.Concurrent;
using System.Text.Json;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests;

public sealed class ChatClientTests
{
    private const string Chat = "c";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FakeServer _server = new();
    private readonly ConcurrentQueue<ChatEvent> _seen = new();

    [Fact]
    public async Task Any_loss_doubling_and_reordering_of_pushes_over_any_breaks_gives_each_revision_once()
    {
        var act = Gen.Select(Gen.Int[0, 9], Gen.Int[1, 60]);
        await act.Array[5, 80]
            .SampleAsync(
                async acts =>
                {
                    var server = new FakeServer();
                    var seen = new ConcurrentQueue<ChatEvent>();
                    await using var client = Make(server, seen);
                    await client.ConnectAsync(Token);
                    List<ChatEvent> log = [];
                    foreach (var (kind, pick) in acts)
                        Act(server, log, kind, pick);
                    log.Add(server.Commit(Chat));
                    await client.ConnectAsync(Token);
                    server.Last.Push(new GapEvent(0) { ChatId = Chat });
                    await Clock.UntilAsync(() => Revisions(seen).Length >= log.Count, "all revisions");
                    Revisions(seen).ShouldBe(Enumerable.Range(1, log.Count).Select(at => (long)at));
                },
                iter: 60,
                threads: 2
            );
    }

    [Fact]
    public async Task It_synchronises_after_hello_and_not_before()
    {
        _server.Greets = false;
        _server.Commit(Chat);
        await using var client = Make();
        var connecting = client.ConnectAsync(Token);
        await Clock.UntilAsync(() => !_server.Connections.IsEmpty, "a connection");
        connecting.IsCompleted.ShouldBeFalse();
        _server.Calls.ShouldBeEmpty();
        await Clock.UntilAsync(() => Greet(connecting), "hello");
        await connecting;
        await Clock.UntilAsync(() => Revisions().Length == 1, "the event");
        _server.Calls.First().Method.ShouldBe("Sync");
    }

    [Fact]
    public async Task It_reconnects_however_often_the_server_refuses()
    {
        _server.RefuseStart = connection => connection is > 1 and < 40 ? new ChatDisconnectedException("down", inFlight: false) : null;
        await using var client = Make();
        await client.ConnectAsync(Token);
        _server.Last.Break();
        await Clock.UntilAsync(() => _server.Connections.Count >= 40 && client.State == ConnectionState.Connected, "connection 40");
    }

    [Fact]
    public async Task After_a_reconnect_the_stored_token_is_used_and_chats_that_are_behind_are_filled()
    {
        await using var client = Make();
        _server.Commit(Chat);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 1, "the first");
        _server.Last.Break();
        for (var i = 0; i < 20; i++)
            _server.Commit(Chat);
        await Clock.UntilAsync(() => Revisions().Length == 21, "the others");
        _server.Calls.Where(call => call.Method == "Sync").Select(call => ((SyncRequest)call.Argument!).Since).ShouldBe([null, "1"]);
        Revisions().ShouldBe(Enumerable.Range(1, 21).Select(at => (long)at));
        await Clock.UntilAsync(() => client.IsCaughtUp, "whole");
        client.Chats[Chat].Messages.Count.ShouldBe(21);
    }

    [Fact]
    public async Task Sync_required_is_honoured_after_its_time()
    {
        var time = new FakeTimeProvider();
        await using var client = Make(time: time);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Syncs() == 1, "the first sync");
        _server.Last.Push(new SyncRequired(4_000));
        time.Advance(TimeSpan.FromMilliseconds(3_999));
        Syncs().ShouldBe(1);
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Clock.UntilAsync(() => Syncs() == 2, "the second sync");
    }

    [Fact]
    public async Task A_draining_server_is_left_after_its_time()
    {
        var time = new FakeTimeProvider();
        await using var client = Make(time: time);
        await client.ConnectAsync(Token);
        _server.Last.Push(new ServerDraining(2_000));
        time.Advance(TimeSpan.FromMilliseconds(1_999));
        _server.Last.Closed.IsCompleted.ShouldBeFalse();
        time.Advance(TimeSpan.FromMilliseconds(1));
        await Clock.UntilAsync(() => _server.Connections.Count == 2 && client.State == ConnectionState.Connected, "another connection");
        _server.Connections.First().Closed.IsCompleted.ShouldBeTrue();
    }

    [Fact]
    public async Task A_revoked_session_ends_the_connection_for_good()
    {
        await using var client = Make();
        await client.ConnectAsync(Token);
        _server.Last.Push(new SessionRevoked());
        await Clock.UntilAsync(() => client.State == ConnectionState.SignedOut, "signed out");
        _server.Connections.Count.ShouldBe(1);
        await Clock.UntilAsync(() => _seen.Any(next => next is SessionRevoked), "the event");
    }

    [Fact]
    public async Task A_fresh_token_is_shown_before_the_old_one_expires()
    {
        var time = new FakeTimeProvider();
        await using var client = Make(time: time);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Syncs() == 1, "the first sync");
        time.Advance(TimeSpan.FromMinutes(8));
        _server.Calls.ShouldNotContain(call => call.Method == "Reauthenticate");
        var shown = Clock.UntilAsync(() => _server.Calls.Any(call => call.Method == "Reauthenticate"), "a fresh token");
        await Clock.AdvanceUntilAsync(time, shown, TimeSpan.FromSeconds(1));
        (time.GetUtcNow() - time.Start).ShouldBeLessThan(TimeSpan.FromMinutes(10));
        ((Reauthenticate)_server.Calls.First(call => call.Method == "Reauthenticate").Argument!).AccessToken.ShouldBe("token 2");
    }

    [Fact]
    public async Task Unknown_events_and_nonsense_change_nothing()
    {
        await using var client = Make();
        await client.ConnectAsync(Token);
        _server.Last.Push(
            JsonElement.Parse("""[{"type":"hologram"},null,{"type":"typing","chat_id":"c","user_id":"u","is_typing":true}]""")
        );
        _server.Last.Push(JsonElement.Parse("7"));
        await Clock.UntilAsync(() => _seen.Any(next => next is TypingEvent), "the known one");
        client.State.ShouldBe(ConnectionState.Connected);
    }

    [Fact]
    public async Task A_retryable_refusal_of_sync_and_changes_is_tried_again()
    {
        var refusals = 0;
        _server.Refuse = (method, _) =>
            method is "Sync" or "GetChanges" && Interlocked.Increment(ref refusals) % 3 != 0
                ? TestData.Refusal(ProblemCodes.Overloaded)
                : null;
        for (var i = 0; i < 20; i++)
            _server.Commit(Chat);
        await using var client = Make();
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 20, "all revisions");
    }

    /// <summary>A client that gave up on what it is owed would show a chat with a hole in it, and look as if it were well.</summary>
    [Theory]
    [InlineData("Sync")]
    [InlineData("GetChanges")]
    public async Task A_failure_that_it_knows_nothing_of_does_not_leave_it_behind(string failing)
    {
        var failures = 0;
        _server.Refuse = (method, _) =>
            method == failing && Interlocked.Increment(ref failures) <= 12 ? new JsonException("an answer that cannot be read") : null;
        for (var i = 0; i < 20; i++)
            _server.Commit(Chat);
        await using var client = Make();
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 20, "all revisions");
        failures.ShouldBeGreaterThan(12);
    }

    [Fact]
    public async Task Messages_sent_while_down_go_when_it_is_up()
    {
        await using var client = Make();
        var sending = client.SendText(Chat, "early");
        client.UnsentCount.ShouldBe(1);
        await client.ConnectAsync(Token);
        (await sending).Seq.ShouldBe(1);
        Guid.Parse((await sending).MessageId).Version.ShouldBe(7);
    }

    [Fact]
    public async Task The_place_is_kept_between_runs_and_nothing_is_seen_twice()
    {
        var store = new MemorySyncStore();
        for (var run = 1; run <= 3; run++)
        {
            await using var client = Make(sync: store);
            _server.Commit(Chat);
            _server.Commit(Chat);
            await client.ConnectAsync(Token);
            await Clock.UntilAsync(() => Revisions().Length == 2 * run, $"run {run}");
        }
        Revisions().ShouldBe([1, 2, 3, 4, 5, 6]);
    }

    [Fact]
    public async Task A_handler_that_throws_spoils_no_others_and_readers_see_the_same()
    {
        await using var client = Make();
        client.OnEvent += _ => throw new InvalidOperationException("a bug of the application");
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        var reader = client.ReadEventsAsync(limit.Token);
        for (var i = 0; i < 3; i++)
            _server.Commit(Chat);
        await client.ConnectAsync(Token);
        List<long> read = [];
        await foreach (var next in reader)
        {
            if (next is MessageCreated created)
                read.Add(created.Message.Seq);
            if (read.Count == 3)
                break;
        }
        read.ShouldBe([1, 2, 3]);
    }

    [Fact]
    public async Task Connecting_without_a_session_tells_so()
    {
        await using var client = new ChatClient(TestData.Options(), _server.Make);
        (await Should.ThrowAsync<ChatProblemException>(client.ConnectAsync(Token))).Code.ShouldBe(ProblemCodes.Unauthenticated);
    }

    private static void Act(FakeServer server, List<ChatEvent> log, int kind, int pick)
    {
        switch (kind)
        {
            case <= 3:
                log.Add(server.Commit(Chat));
                server.Last.Push(log[^1]);
                break;
            case <= 6:
                log.Add(server.Commit(Chat));
                break;
            case 7 or 8 when log.Count > 0:
                server.Last.Push(log[pick % log.Count]);
                break;
            case 9 when pick % 3 == 0:
                server.Last.Break();
                break;
        }
    }

    // A late hello, pushed until the connection is far enough to hear it.
    private bool Greet(Task connecting)
    {
        _server.Last.Push(new HelloEvent(DateTimeOffset.UnixEpoch, "s", null!, [], _server.HistoryId));
        return connecting.IsCompleted;
    }

    private int Syncs() => _server.Calls.Count(call => call.Method == "Sync");

    private long[] Revisions() => Revisions(_seen);

    private static long[] Revisions(IEnumerable<ChatEvent> seen) =>
        [.. seen.OfType<MessageCreated>().Select(created => created.Revision!.Value)];

    private ChatClient Make(TimeProvider? time = null, ISyncStore? sync = null) => Make(_server, _seen, time, sync);

    private static ChatClient Make(FakeServer server, ConcurrentQueue<ChatEvent> seen, TimeProvider? time = null, ISyncStore? sync = null)
    {
        var asked = 0;
        var clock = time ?? TimeProvider.System;
        var options = new ChatClientOptions
        {
            Server = new Uri("http://server.test"),
            TokenProvider = _ => new(new ProvidedToken($"token {++asked}", clock.GetUtcNow() + TimeSpan.FromMinutes(10))),
            UserId = "me",
            BackoffBase = TimeSpan.Zero,
            Time = clock,
            FirstSight = FirstSight.Beginning,
            SyncStore = sync,
            HttpHandler = () => new FakeHttp((_, _) => (404, "{\"code\":\"not_found\"}")),
        };
        var client = new ChatClient(options, (Func<IChatTransport>)server.Make);
        client.OnEvent += seen.Enqueue;
        return client;
    }
}
