using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

/// <summary>Changes other than new messages, and the feed of all.</summary>
public abstract class ChatChangesSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task An_edit_keeps_the_earlier_contents_and_moves_mentions()
    {
        var chat = await NewChatAsync("ann", "bob", "cyd");
        var first = Text("ann", "one", mentions: ["bob"]);
        await CommittedAsync(chat, first);
        var at = Now();

        var edited = await CommittedAsync(chat, new ChatChange.EditMessage(1, "two", """{"k":2}""", ["cyd"], at));

        edited.ShouldBe(new CommitOutcome.Committed(3, 1, 1));
        var message = (await AllAsync(chat.ChatId)).ShouldHaveSingleItem();
        (message.Content, message.EditedAt, message.UpdatedAt, message.Revision, message.CreatedAt).ShouldBe(("two", at, at, 3L, first.At));
        var earlier = (await Store.Reader.EditsAsync(chat.ChatId, 1, Ct)).ShouldHaveSingleItem();
        (earlier.Content, earlier.At).ShouldBe(("one", first.At));
        (await Store.Reader.MentionsAsync(chat.ChatId, "bob", 0, Ct)).ShouldBe(0);
        (await Store.Reader.MentionsAsync(chat.ChatId, "cyd", 0, Ct)).ShouldBe(1);
    }

    [Fact]
    public async Task Deletion_leaves_a_tombstone_and_nothing_of_what_was_said()
    {
        var chat = await NewChatAsync("ann", "bob");
        await SendAsync(chat, "ann", "secret", ["bob"]);
        await CommittedAsync(chat, new ChatChange.EditMessage(1, "secret too", """{"s":1}""", ["bob"], Now()));
        await CommittedAsync(chat, new ChatChange.React(1, "bob", "+1", Removed: false, Now()));

        await CommittedAsync(chat, new ChatChange.DeleteMessage(1, Now()));

        var message = (await AllAsync(chat.ChatId)).ShouldHaveSingleItem();
        (message.Content, message.Metadata, message.Reactions.Count).ShouldBe(("", null, 0));
        message.DeletedAt.ShouldNotBeNull();
        (await Store.Reader.EditsAsync(chat.ChatId, 1, Ct)).ShouldBeEmpty();
        (await Store.Reader.MentionsAsync(chat.ChatId, "bob", 0, Ct)).ShouldBe(0);
    }

    [Fact]
    public async Task What_changes_nothing_takes_no_revision()
    {
        var chat = await NewChatAsync("ann", "bob");
        await SendAsync(chat, "ann");
        await SendAsync(chat, "ann");
        await CommittedAsync(chat, new ChatChange.DeleteMessage(1, Now()));
        await CommittedAsync(chat, new ChatChange.React(2, "bob", "+1", Removed: false, Now()));
        ChatChange[] idle =
        [
            new ChatChange.DeleteMessage(1, Now()),
            new ChatChange.DeleteMessage(99, Now()),
            new ChatChange.EditMessage(1, "x", null, null, Now()),
            new ChatChange.React(1, "bob", "+1", Removed: false, Now()),
            new ChatChange.React(2, "bob", "+1", Removed: false, Now()),
            new ChatChange.React(2, "bob", "-1", Removed: true, Now()),
            new ChatChange.AddMember("bob", Roles.Admin, Now()),
            new ChatChange.SetRole("eve", Roles.Admin, Now()),
            new ChatChange.SetRole("bob", Roles.Member, Now()),
            new ChatChange.RemoveMember("eve", Now()),
        ];

        var outcomes = await Task.WhenAll(idle.Select(c => CommitAsync(chat, c)).ToArray());

        outcomes.ShouldAllBe(o => o is CommitOutcome.NoEffect);
        (await CommittedAsync(chat, Text("ann", "next"))).ShouldBe(new CommitOutcome.Committed(6, 3, 3));
    }

    [Fact]
    public async Task Reactions_come_in_the_order_in_which_each_emoji_came_first()
    {
        var chat = await NewChatAsync("ann", "bob", "cyd");
        await SendAsync(chat, "ann");
        foreach (var (user, emoji) in new[] { ("cyd", "z"), ("ann", "a"), ("bob", "z"), ("bob", "m") })
            await CommittedAsync(chat, new ChatChange.React(1, user, emoji, Removed: false, Now()));
        await CommittedAsync(chat, new ChatChange.React(1, "bob", "m", Removed: true, Now()));

        var message = (await AllAsync(chat.ChatId)).ShouldHaveSingleItem();

        message.Reactions.Select(r => $"{r.Emoji} {r.Count} {string.Join(',', r.UserIds)}").ShouldBe(["z 2 cyd,bob", "a 1 ann"]);
        message.Revision.ShouldBe(7);
    }

    [Fact]
    public async Task Who_joins_begins_at_the_head_and_who_left_may_come_back()
    {
        var chat = await NewChatAsync("ann");
        await SendAsync(chat, "ann");

        await CommittedAsync(chat, new ChatChange.AddMember("bob", Roles.Member, Now()));
        await SendAsync(chat, "ann");
        await CommittedAsync(chat, new ChatChange.SetRole("bob", Roles.Admin, Now()));
        var opened = await OpenAsync(chat.ChatId);
        var bob = opened.Members.Single(m => m.UserId is "bob");
        (bob.Role, bob.JoinedSeq, bob.ReadSeq, bob.ReadOrdinal, opened.Chat.MemberCount).ShouldBe((Roles.Admin, 1L, 1L, 1L, 2));

        await CommittedAsync(opened.Log, new ChatChange.RemoveMember("bob", Now()));
        (await OpenAsync(chat.ChatId)).Members.Select(m => m.UserId).ShouldBe(["ann"]);
        var again = await OpenAsync(chat.ChatId);
        await CommittedAsync(again.Log, new ChatChange.AddMember("bob", Roles.Guest, Now()));

        var last = await OpenAsync(chat.ChatId);
        var back = last.Members.Single(m => m.UserId is "bob");
        (back.Role, back.JoinedSeq, last.Chat.MemberCount).ShouldBe((Roles.Guest, 2L, 2));
    }

    [Fact]
    public async Task The_feed_is_dense_and_shows_the_present_state()
    {
        var chat = await NewChatAsync("ann", "bob");
        await SendAsync(chat, "ann", "one");
        await SendAsync(chat, "bob", "two");
        await CommittedAsync(chat, new ChatChange.AddMember("cyd", Roles.Member, Now()));
        await SendAsync(chat, "ann", "three");
        await CommittedAsync(chat, new ChatChange.EditMessage(1, "ONE", null, null, Now()));
        await CommittedAsync(chat, new ChatChange.React(2, "ann", "+1", Removed: false, Now()));
        await CommittedAsync(chat, new ChatChange.UpdateChat("New", null, new ChatSettings { History = "all" }, Now()));
        await CommittedAsync(chat, new ChatChange.DeleteMessage(2, Now()));
        await SendAsync(chat, "bob", "four");
        await CommittedAsync(chat, new ChatChange.RemoveMember("cyd", Now()));
        await Store.Members.HideAsync("bob", chat.ChatId, (await AllAsync(chat.ChatId))[0].MessageId, 1, Now(), Ct);

        var all = await Store.Reader.ChangesAsync(chat.ChatId, 0, 100, Ct);

        all.Select(c => $"{c.Revision} {c.Kind} {c.Seq} {c.Message?.Content}{c.UserId}{c.Emoji}")
            .ShouldBe([
                "1 ChatCreated 0 ",
                "2 MessageCreated 1 ONE",
                "3 MessageCreated 2 ",
                "4 MemberJoined 0 cyd",
                "5 MessageCreated 3 three",
                "6 MessageEdited 1 ONE",
                "7 ReactionAdded 2 ann+1",
                "8 ChatUpdated 0 ",
                "9 MessageDeleted 2 ",
                "10 MessageCreated 4 four",
                "11 MemberLeft 0 cyd",
            ]);
        (all[3].JoinedSeq, all[3].Role).ShouldBe((2L, Roles.Member));
        all[1].HiddenFrom.ShouldBe(["bob"]);
        all[2].Message!.DeletedAt.ShouldNotBeNull();
        for (var after = 0; after < 11; after++)
        {
            var page = await Store.Reader.ChangesAsync(chat.ChatId, after, 3, Ct);
            page.Select(c => (c.Revision, c.Kind, c.Seq)).ShouldBe(all.Skip(after).Take(3).Select(c => (c.Revision, c.Kind, c.Seq)));
        }
        (await Store.Reader.ChangesAsync(chat.ChatId, 11, 3, Ct)).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_deleted_chat_has_nobody_and_its_feed_ends_with_the_deletion()
    {
        var chat = await NewChatAsync("ann", "bob");
        await SendAsync(chat, "ann");

        await CommittedAsync(chat, new ChatChange.DeleteChat(Now()));

        (await CommitAsync(chat, Text("ann", "late"))).ShouldBeOfType<CommitOutcome.Fenced>();
        var last = (await Store.Reader.ChangesAsync(chat.ChatId, 2, 10, Ct)).ShouldHaveSingleItem();
        (last.Revision, last.Kind).ShouldBe((3L, ChangeKind.ChatDeleted));
        (await Store.Lists.MembershipsAsync(["ann", "bob"], Ct)).ShouldNotContain(m => m.ChatId == chat.ChatId);
    }

    [Fact]
    public async Task Metadata_comes_back_as_the_same_json()
    {
        const string json = """{"z":[1,{"a":"é\n\"x\""},null,true],"big":9007199254740993,"mentions":["bob"]}""";
        var chat = await NewChatAsync(Chat() with { Metadata = json }, "ann");
        await CommittedAsync(chat, Text("ann", "x") with { Metadata = json });

        var opened = await OpenAsync(chat.ChatId);

        ShouldBeJson(opened.Chat.Metadata, json);
        ShouldBeJson(opened.Tail[0].Metadata, json);
    }

    private static void ShouldBeJson(string? actual, string expected) =>
        System
            .Text.Json.Nodes.JsonNode.DeepEquals(
                System.Text.Json.Nodes.JsonNode.Parse(actual!),
                System.Text.Json.Nodes.JsonNode.Parse(expected)
            )
            .ShouldBeTrue(actual);
}
