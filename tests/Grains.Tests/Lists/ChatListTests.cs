using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Tests.Users;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Lists;

[Collection(AccountsCollection.Name)]
public sealed class ChatListTests(AccountsSilo silo)
{
    private IChatListGrain Grain => silo.Client.ChatLists();

    [Fact]
    public async Task A_list_knows_what_was_just_acknowledged()
    {
        var (user, read, other) = (silo.NewId(), silo.NewId("chat"), silo.NewId("chat"));
        silo.Lists.Rows[user] = [ChatRows.Row(read, user, mentions: 3), ChatRows.Row(other, user, mentions: 1)];
        silo.Mentions.Seqs[read] = [5, 6, 9];
        await silo.Client.Session(user).NoteCursors([new Cursor(read, 6, 6, 5)]);

        var page = (await Grain.List(user, null, 50)).Value!;

        page.NextCursor.ShouldBe("next");
        page.Chats.Select(c => (c.ChatId, c.ReadSeq, c.UnreadCount, c.MentionCount)).ShouldBe([(read, 6, 3, 1), (other, 4, 5, 1)]);
        page.Chats[0].LastMessage!.Status.ShouldBe(MessageStatus.Sent);
        silo.Mentions.Asked.ShouldNotContain(other);
    }

    [Fact]
    public async Task What_was_read_to_its_head_has_no_mentions_and_nothing_is_asked()
    {
        var (user, chat) = (silo.NewId(), silo.NewId("chat"));
        silo.Lists.Rows[user] = [ChatRows.Row(chat, user, mentions: 3)];
        await silo.Client.Session(user).NoteCursors([new Cursor(chat, 10, 10, 8)]);

        var view = (await Grain.List(user, null, 50)).Value!.Chats.ShouldHaveSingleItem();

        (view.UnreadCount, view.MentionCount).ShouldBe((0, 0));
        silo.Mentions.Asked.ShouldNotContain(chat);
    }

    [Fact]
    public async Task A_stranger_of_a_channel_sees_no_message_of_it()
    {
        var (user, chat) = (silo.NewId(), silo.NewId("chat"));
        silo.Lists.Rows[user] = [ChatRows.Row(chat, user) with { Member = null }];

        var view = (await Grain.Channels(user, "x", null, 50)).Value!.Chats.ShouldHaveSingleItem();

        view.Role.ShouldBeNull();
        view.LastMessage.ShouldBeNull();
    }

    [Fact]
    public async Task What_is_no_cursor_and_what_is_of_another_history_is_refused()
    {
        var user = silo.NewId();

        var list = await Grain.List(user, MemoryLists.NoCursor, 50);
        var channels = await Grain.Channels(user, null, MemoryLists.NoCursor, 50);
        var sync = await Grain.Sync(user, MemoryLists.NoCursor);

        list.Problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
        list.Problem.Errors!.ShouldContainKey("cursor");
        channels.Problem!.Errors!.ShouldContainKey("cursor");
        sync.Problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
        sync.Problem.Errors!.ShouldContainKey("since");
        (await Grain.Sync(user, MemoryLists.OtherHistory)).Problem!.Code.ShouldBe(ProblemCodes.HistoryRewound);
    }

    [Fact]
    public async Task A_sync_shows_what_the_store_says_and_what_was_just_acknowledged_besides()
    {
        var (user, changed, read, left) = (silo.NewId(), silo.NewId("chat"), silo.NewId("chat"), silo.NewId("chat"));
        silo.Lists.Rows[user] = [ChatRows.Row(changed, user)];
        silo.Chats.Views[read] = ChatRows.View(read, Roles.Member);
        silo.Chats.Views[left] = ChatRows.View(left, role: null);
        await silo.Client.Session(user).NoteCursors([.. new[] { changed, read, left }.Select(c => new Cursor(c, 9, 9, 7))]);

        var page = (await Grain.Sync(user, "since")).Value!;

        page.Chats.Select(c => c.ChatId).ShouldBe([changed, read]);
        page.Chats[0].ReadSeq.ShouldBe(9);
        page.Hidden.ShouldHaveSingleItem().MessageId.ShouldBe("m");
        (page.Next, page.HasMore).ShouldBe(("token", false));
        (await Grain.Sync(user, null)).Value!.Chats.ShouldHaveSingleItem().ChatId.ShouldBe(changed);
    }

    [Fact]
    public async Task Memberships_are_as_stored()
    {
        var (user, chat) = (silo.NewId(), silo.NewId("chat"));
        silo.Lists.Rows[user] = [ChatRows.Row(chat, user)];

        (await Grain.Memberships([user])).ShouldBe([
            new Membership
            {
                UserId = user,
                ChatId = chat,
                Revision = 12,
                JoinedSeq = 3,
                HistoryAll = true,
            },
        ]);
    }
}
