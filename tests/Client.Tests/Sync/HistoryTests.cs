using System.Collections.Concurrent;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Sync;

/// <summary>What a client does whose server went back in time, or has another history.</summary>
public sealed class HistoryTests
{
    private const string Chat = "c";

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    private readonly FakeServer _server = new();
    private readonly ConcurrentQueue<ChatEvent> _seen = new();

    [Fact]
    public async Task Another_history_drops_what_is_held_and_begins_afresh()
    {
        await using var client = Make();
        for (var i = 0; i < 5; i++)
            _server.Commit(Chat);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 5, "the old history");
        _server.Restore("h2");
        _server.Commit(Chat);
        _server.Last.Break();
        await Clock.UntilAsync(() => Revisions().Length == 6, "the new history");
        Revisions().ShouldBe([1, 2, 3, 4, 5, 1]);
        var dropped = _seen.ToList().FindIndex(next => next is HistoryDropped);
        _seen.Take(dropped).Count(next => next is MessageCreated).ShouldBe(5);
        client.Chats[Chat].Messages.Count.ShouldBe(1);
    }

    [Fact]
    public async Task Another_history_is_known_by_its_hello_where_the_token_would_pass()
    {
        await using var client = Make();
        for (var i = 0; i < 2; i++)
            _server.Commit(Chat);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 2, "the old history");
        _server.Restore("h2");
        for (var i = 0; i < 4; i++)
            _server.Commit(Chat);
        _server.Last.Break();
        await Clock.UntilAsync(() => Revisions().Length == 6, "the new history");
        Revisions().ShouldBe([1, 2, 1, 2, 3, 4]);
    }

    [Fact]
    public async Task A_chat_of_a_run_that_ended_before_its_first_synchronisation_did_is_removed_where_it_is_not_listed()
    {
        var store = new MemorySyncStore();
        var at = new ChatPosition(1, 1);
        var chats = new Dictionary<string, ChatPosition>(StringComparer.Ordinal) { [Chat] = at, ["gone"] = at };
        await store.SaveAsync(new SyncPosition { Chats = chats }, Token);
        _server.Commit(Chat);
        _server.Commit(Chat);
        await using var client = Make(sync: store);

        await client.ConnectAsync(Token);

        await Clock.UntilAsync(() => Revisions().Length == 1 && _seen.OfType<ChatRemoved>().Any(), "the news");
        Revisions().ShouldBe([2]);
        _seen.OfType<ChatRemoved>().ShouldHaveSingleItem().ChatId.ShouldBe("gone");
    }

    [Fact]
    public async Task A_rewound_chat_is_synchronised_afresh()
    {
        await using var client = Make();
        for (var i = 0; i < 5; i++)
            _server.Commit(Chat);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 5, "the old history");
        _server.Restore("h1");
        _server.Commit(Chat);
        _server.Last.Push(new GapEvent(5) { ChatId = Chat });
        await Clock.UntilAsync(() => Revisions().Length == 6, "the new history");
        Revisions().ShouldBe([1, 2, 3, 4, 5, 1]);
    }

    [Fact]
    public async Task A_chat_that_is_told_of_at_an_older_revision_than_was_seen_is_asked_whether_it_went_back()
    {
        await using var client = Make();
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Syncs() == 1, "the first sync");
        for (var i = 0; i < 5; i++)
            _server.Last.Push(_server.Commit(Chat));
        await Clock.UntilAsync(() => Revisions().Length == 5, "all revisions");
        // A backup that nobody marked as one, and that the token is not ahead of.
        _server.Restore(_server.HistoryId);
        _server.Commit(Chat);
        _server.Commit(Chat);
        _server.Last.Break();
        await Clock.UntilAsync(() => Revisions().Length == 7, "the revisions of the backup");
        _seen.OfType<HistoryDropped>().ShouldHaveSingleItem();
        Revisions().ShouldBe([1, 2, 3, 4, 5, 1, 2]);
    }

    [Fact]
    public async Task Chats_that_are_told_together_that_they_were_rewound_drop_all_once()
    {
        string[] chats = [.. Enumerable.Range(0, 12).Select(i => $"c{i}")];
        await using var client = Make();
        foreach (var chat in chats)
            Commit(chat, 5);
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Revisions().Length == 60, "the old history");
        _server.Restore("h1");
        foreach (var chat in chats)
            Commit(chat, 1);
        foreach (var chat in chats)
            _server.Last.Push(new GapEvent(5) { ChatId = chat });

        await Clock.UntilAsync(() => Revisions().Length == 72, "the new history");
        _seen.OfType<HistoryDropped>().ShouldHaveSingleItem();
        Syncs().ShouldBe(2);
    }

    [Fact]
    public async Task A_server_that_says_again_and_again_that_a_chat_was_rewound_is_asked_ever_more_seldom()
    {
        var time = new FakeTimeProvider();
        Commit(Chat, 5);
        _server.Refuse = (method, _) => method == "GetChanges" ? TestData.Refusal(ProblemCodes.HistoryRewound) : null;
        await using var client = Make(time, TimeSpan.FromSeconds(1));
        await client.ConnectAsync(Token);
        await Clock.UntilAsync(() => Syncs() >= 2, "the first repeat, which is made at once");

        // Waits are drawn between nothing and a bound that comes to 30 s: in ten minutes some forty.
        var end = time.GetUtcNow().AddMinutes(10);
        while (time.GetUtcNow() < end)
        {
            time.Advance(TimeSpan.FromSeconds(1));
            await Task.Delay(TimeSpan.FromMilliseconds(2), TimeProvider.System, Token);
        }
        Syncs().ShouldBeInRange(5, 100);

        _server.Refuse = (_, _) => null;
        var whole = Clock.UntilAsync(() => Revisions().Length == 5, "all revisions");
        await Clock.AdvanceUntilAsync(time, whole, TimeSpan.FromSeconds(1));
    }

    private void Commit(string chat, int times)
    {
        for (var i = 0; i < times; i++)
            _server.Commit(chat);
    }

    private int Syncs() => _server.Calls.Count(call => call.Method == "Sync");

    private long[] Revisions() => [.. _seen.OfType<MessageCreated>().Select(created => created.Revision!.Value)];

    private ChatClient Make(TimeProvider? time = null, TimeSpan backoff = default, ISyncStore? sync = null)
    {
        var clock = time ?? TimeProvider.System;
        var options = new ChatClientOptions
        {
            Server = new Uri("http://server.test"),
            TokenProvider = _ => new(new ProvidedToken("token", clock.GetUtcNow() + TimeSpan.FromHours(10))),
            UserId = "me",
            BackoffBase = backoff,
            Time = clock,
            FirstSight = FirstSight.Beginning,
            SyncStore = sync,
            HttpHandler = () => new FakeHttp((_, _) => (404, "{\"code\":\"not_found\"}")),
        };
        var client = new ChatClient(options, (Func<IChatTransport>)_server.Make);
        client.OnEvent += _seen.Enqueue;
        return client;
    }
}
