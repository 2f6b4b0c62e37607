using Orleans.Chat.Client.Tests.EndToEnd;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

[assembly: AssemblyFixture(typeof(PeacefulServer))]

namespace Orleans.Chat.Client.Tests.EndToEnd;

/// <summary>The server of the tests that harm nobody.</summary>
public sealed class PeacefulServer : IAsyncLifetime
{
    private readonly StandaloneServer _server = new();

    public Uri Url => _server.Url;

    public ValueTask InitializeAsync() => _server.InitializeAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}

/// <summary>What people do through the SDK, against the real server, in both formats of the hub.</summary>
public sealed class ConversationTests(PeacefulServer server)
{
    private const string Thumb = "👍";

    public static TheoryData<HubFormat> Formats => [HubFormat.Json, HubFormat.MessagePack];

    [Theory, MemberData(nameof(Formats))]
    public async Task A_message_comes_as_a_typed_event_with_all_that_was_sent(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        await using var bob = await NewAsync("bob", format);
        var chat = await alice.NewGroupAsync(bob);
        var first = await alice.Client.SendText(chat, "naïve café 🎈\nsecond line");

        var sent = await alice.Client.Send(
            new SendMessage
            {
                ChatId = chat,
                Content = "look",
                Type = MessageTypes.Text,
                Metadata = new MetadataJson(
                    $$$"""{"reply_to":"{{{first.MessageId}}}","mentions":["{{{bob.Id}}}"],"x":{"deep":[1,2.5,null,true]}}"""
                ),
            }
        );

        (await bob.EventAsync<MessageCreated>(e => e.Message.Seq == 1)).Message.Content.ShouldBe("naïve café 🎈\nsecond line");
        var got = (await bob.EventAsync<MessageCreated>(e => e.Message.MessageId == sent.MessageId)).Message;
        (got.Seq, got.Revision, got.SenderId, got.Status).ShouldBe((sent.Seq, sent.Revision, alice.Id, MessageStatus.Sent));
        got.CreatedAt.ShouldBe(sent.CreatedAt);
        using var metadata = System.Text.Json.JsonDocument.Parse(got.Metadata!.Json);
        metadata.RootElement.GetProperty("reply_to").GetString().ShouldBe(first.MessageId);
        metadata.RootElement.GetProperty("x").GetProperty("deep").GetRawText().ShouldBe("[1,2.5,null,true]");
        (await alice.EventAsync<MessageCreated>(e => e.Message.MessageId == sent.MessageId)).Revision.ShouldBe(sent.Revision);
        bob[chat].View!.Name.ShouldBe("Us");
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task Two_who_write_at_once_end_with_the_same_chat(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        await using var bob = await NewAsync("bob", format);
        var chat = await alice.NewGroupAsync(bob);

        await Task.WhenAll(
            Enumerable.Range(0, 100).SelectMany(i => new[] { alice.Client.SendText(chat, $"a{i}"), bob.Client.SendText(chat, $"b{i}") })
        );

        await Task.WhenAll(
            alice.UntilAsync(me => me.Held(chat).Length == 200, "all held"),
            bob.UntilAsync(me => me.Held(chat).Length == 200, "all held")
        );
        bob.Held(chat).ShouldBe(alice.Held(chat));
        alice.Texts(chat).ShouldBe(alice.Held(chat));
        bob.Texts(chat).ShouldBe(bob.Held(chat));
        alice.Held(chat).Where(text => text[0] == 'a').ShouldBe(Enumerable.Range(0, 100).Select(i => $"a{i}"));
        alice.Held(chat).Where(text => text[0] == 'b').ShouldBe(Enumerable.Range(0, 100).Select(i => $"b{i}"));
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task Edits_reactions_and_deletions_end_in_the_same_state_for_who_was_there_and_who_was_not(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        await using var bob = await NewAsync("bob", format);
        var chat = await alice.NewGroupAsync(bob);
        await using var late = Person.Of(bob.Id, Options(format, FirstSight.Beginning));
        var edited = await alice.Client.SendText(chat, "tpyo");
        var deleted = await alice.Client.SendText(chat, "secret");
        var mine = await alice.Client.SendText(chat, "not for bob's eyes");

        await alice.Client.EditMessageAsync(chat, edited.MessageId, "typo");
        await bob.Client.ReactAsync(chat, edited.MessageId, Thumb);
        await alice.Client.ReactAsync(chat, edited.MessageId, Thumb);
        await alice.Client.ReactAsync(chat, edited.MessageId, Thumb, removed: true);
        await alice.Client.DeleteMessageAsync(chat, deleted.MessageId);
        await bob.Client.DeleteMessageAsync(chat, mine.MessageId, forMeOnly: true);

        await late.LoginAsync();
        await late.Client.ConnectAsync();
        foreach (var person in new[] { bob, late })
        {
            await person.UntilAsync(me => me.Held(chat) is ["typo", ""] && me[chat].Messages[0].Reactions.Length == 1, "the end state");
            var (first, second) = (person[chat].Messages[0], person[chat].Messages[1]);
            first.EditedAt.ShouldNotBeNull();
            var reaction = first.Reactions.ShouldHaveSingleItem();
            (reaction.Emoji, reaction.Count).ShouldBe((Thumb, 1));
            reaction.UserIds.ShouldBe([bob.Id]);
            second.DeletedAt.ShouldNotBeNull();
        }
        await alice.UntilAsync(me => me.Held(chat) is ["typo", "", _], "hers");
        (await bob.EventAsync<ReactionChanged>(e => e.Removed)).UserId.ShouldBe(alice.Id);
        late.Seen.OfType<MessageCreated>().ShouldNotContain(e => e.Message.Content == "secret");
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task What_is_read_typed_and_watched_arrives_as_typed_hints(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        await using var bob = await NewAsync("bob", format);
        var chat = await alice.NewGroupAsync(bob);
        var sent = await alice.Client.SendText(chat, "hello");
        await bob.EventAsync<MessageCreated>();

        (await alice.Client.WatchPresenceAsync([bob.Id])).ShouldHaveSingleItem().Status.ShouldBe(PresenceStatus.Online);
        await bob.Client.SetPresenceAsync(PresenceStatus.Away);
        (await alice.EventAsync<PresenceEvent>(e => e.Status == PresenceStatus.Away)).UserId.ShouldBe(bob.Id);
        await bob.Client.SendTypingAsync(chat, isTyping: true);
        (await alice.EventAsync<TypingEvent>()).ShouldBe(new TypingEvent(bob.Id, true) { ChatId = chat });
        await bob.Client.AcknowledgeAsync([new Acknowledge { ChatId = chat, ReadSeq = sent.Seq }]);
        (await alice.EventAsync<ReceiptEvent>()).ShouldBe(new ReceiptEvent(bob.Id, sent.Seq, sent.Seq) { ChatId = chat });
        (await alice.Client.GetMessageAsync(chat, sent.MessageId)).Status.ShouldBe(MessageStatus.Read);
        (await bob.Client.PingAsync()).ShouldBeGreaterThan(sent.CreatedAt);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task A_refusal_is_an_exception_with_its_code_and_spoils_nothing_behind_it(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        await using var stranger = await NewAsync("stranger", format);
        var chat = await alice.NewGroupAsync();

        var refused = stranger.Client.SendText(chat, "let me in");
        var tooLarge = alice.Client.SendText(chat, new string('x', 20_000));
        var behind = alice.Client.SendText(chat, "behind it");

        (await Should.ThrowAsync<ChatProblemException>(refused)).Code.ShouldBe(ProblemCodes.NotFound);
        (await Should.ThrowAsync<ChatProblemException>(tooLarge)).Code.ShouldBe(ProblemCodes.TooLarge);
        (await behind).Seq.ShouldBe(1);
        alice.States.ShouldNotContain(ConnectionState.Waiting);
    }

    [Theory, MemberData(nameof(Formats))]
    public async Task Who_was_away_resumes_where_it_was_and_sees_every_revision_once(HubFormat format)
    {
        await using var alice = await NewAsync("alice", format);
        var store = new MemorySyncStore();
        var first = await Person.NewAsync("bob", Options(format, sync: store));
        var chat = await alice.NewGroupAsync(first);
        var elsewhere = await alice.NewGroupAsync(first);
        await alice.Client.SendText(chat, "0");
        await first.UntilAsync(me => me.Texts(chat).Length == 1, "the message before");
        await first.DisposeAsync();
        // More than a page of changes.
        await Task.WhenAll(Enumerable.Range(1, 300).Select(i => alice.Client.SendText(chat, $"{i}")));
        var unheardOf = await alice.NewGroupAsync(first);
        await alice.Client.DeleteChatAsync(elsewhere);

        await using var next = Person.Of(first.Id, Options(format, sync: store));
        await next.LoginAsync();
        await next.Client.ConnectAsync();
        await alice.Client.SendText(chat, "301");

        await next.UntilAsync(me => me.Texts(chat).Contains("301") && me.Client.IsCaughtUp, "the last message");
        next.Texts(chat).ShouldBe(Enumerable.Range(1, 301).Select(i => $"{i}"));
        await next.EventAsync<ChatSynced>(e => e.ChatId == unheardOf);
        await next.EventAsync<ChatRemoved>(e => e.ChatId == elsewhere);
        next.Seen.OfType<HistoryDropped>().ShouldBeEmpty();
    }

    private Task<Person> NewAsync(string name, HubFormat format) => Person.NewAsync(name, Options(format));

    private ChatClientOptions Options(HubFormat format, FirstSight sight = FirstSight.Now, ISyncStore? sync = null) =>
        new()
        {
            Server = server.Url,
            Format = format,
            FirstSight = sight,
            SyncStore = sync,
        };
}
