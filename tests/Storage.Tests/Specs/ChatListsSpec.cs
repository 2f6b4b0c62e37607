using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class ChatListsSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task A_list_is_newest_activity_first_and_pages_without_overlap()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chats = new List<OpenChat>();
        for (var i = 0; i < 7; i++)
            chats.Add(await NewChatAsync(me, ann));
        foreach (var i in new[] { 3, 0, 5 })
            await SendAsync(chats[i], ann, $"in {i}", [me]);

        var ids = new List<string>();
        string? cursor = null;
        do
        {
            var page = await Store.Lists.ListAsync(me, cursor, 3, Ct);
            ids.AddRange(page.Chats.Select(c => c.Chat.ChatId));
            cursor = page.NextCursor;
        } while (cursor is not null);

        ids.ShouldBe(new[] { 5, 0, 3, 6, 4, 2, 1 }.Select(i => chats[i].ChatId));
        var first = (await Store.Lists.ListAsync(me, null, 1, Ct)).Chats[0];
        (first.LastMessage!.Content, first.MentionCount, first.Chat.Ordinal - first.Member!.ReadOrdinal).ShouldBe(("in 5", 1L, 1L));
        await Should.ThrowAsync<FormatException>(() => Store.Lists.ListAsync(me, "nonsense!", 3, Ct));
        await Should.ThrowAsync<FormatException>(() => Store.Lists.ListAsync(me, "bm9uZQ", 3, Ct));
    }

    [Fact]
    public async Task The_last_message_is_the_newest_that_the_member_sees()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chat = await NewChatAsync(ann);
        await SendAsync(chat, ann, "before");
        await CommittedAsync(chat, new ChatChange.AddMember(me, Roles.Member, Now()));
        (await OneAsync(me)).LastMessage.ShouldBeNull();
        await SendAsync(chat, ann, "seen");
        await SendAsync(chat, ann, "hidden");
        await Store.Members.HideAsync(me, chat.ChatId, (await AllAsync(chat.ChatId))[2].MessageId, 3, Now(), Ct);
        await Store.Members.SetPreferencesAsync(me, chat.ChatId, new Preferences { Pinned = true }, Ct);

        var row = await OneAsync(me);
        (row.LastMessage!.Content, row.Preferences.Pinned, row.Member!.JoinedSeq).ShouldBe(("seen", true, 1L));
        await CommittedAsync(chat, new ChatChange.UpdateChat("A", null, new ChatSettings { History = SettingValues.HistoryAll }, Now()));
        await Store.Members.HideAsync(me, chat.ChatId, (await AllAsync(chat.ChatId))[1].MessageId, 2, Now(), Ct);
        (await OneAsync(me)).LastMessage!.Content.ShouldBe("before");

        async Task<ChatListRow> OneAsync(string user) => (await Store.Lists.ListAsync(user, null, 10, Ct)).Chats.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Public_channels_are_found_by_the_beginnings_of_words()
    {
        var word = Id("w");
        var open = new ChatSettings { Visibility = SettingValues.Public, History = SettingValues.HistoryAll };
        async Task<string> Channel(string name, int members, string type = ChatTypes.Channel, ChatSettings? settings = null)
        {
            var users = Enumerable.Range(0, members).Select(i => $"u{i}").ToArray();
            var chat = Chat(type: type, members: members, settings: settings ?? open) with { Name = name };
            return (await NewChatAsync(chat, users)).ChatId;
        }
        var small = await Channel($"Über-{word.ToUpperInvariant()}.net talk", 1);
        var large = await Channel($"{word} talks", 3, ChatTypes.Broadcast);
        await Channel($"{word} private", 2, settings: open with { Visibility = SettingValues.Private });
        await Channel($"{word} group", 2, ChatTypes.Group);
        var gone = await OpenAsync(await Channel($"{word} gone", 2));
        await CommittedAsync(gone.Log, new ChatChange.DeleteChat(Now()));

        (await FindAsync($"{word[..20]}")).ShouldBe([large, small]);
        (await FindAsync($"TALK {word}")).ShouldBe([large, small]);
        (await FindAsync($"üb {word}")).ShouldBe([small]);
        (await FindAsync($"net {word}")).ShouldBe([small]);
        (await FindAsync($"alk {word}")).ShouldBeEmpty();
        (await FindAsync("':* | !")).ShouldBeEmpty();
        var first = await Store.Lists.ChannelsAsync("stranger", word, null, 1, Ct);
        (first.Chats[0].Chat.ChatId, first.Chats[0].Member, first.Chats[0].LastMessage).ShouldBe((large, null, null));
        (await Store.Lists.ChannelsAsync("u0", word, first.NextCursor, 1, Ct)).Chats[0].Member!.UserId.ShouldBe("u0");
        (await Store.Lists.ChannelsAsync("u0", null, null, 200, Ct)).Chats.Select(c => c.Chat.ChatId).ShouldContain(small);

        async Task<IEnumerable<string>> FindAsync(string query) =>
            (await Store.Lists.ChannelsAsync("stranger", query, null, 10, Ct)).Chats.Select(c => c.Chat.ChatId);
    }

    [Fact]
    public async Task Memberships_and_who_shares_a_chat_follow_joining_and_leaving()
    {
        var (me, ann, bob, eve) = (Id("me"), Id("ann"), Id("bob"), Id("eve"));
        var chat = await NewChatAsync(me, ann, bob);
        await NewChatAsync(bob, eve);
        await SendAsync(chat, me);
        await CommittedAsync(chat, new ChatChange.RemoveMember(ann, Now()));

        (await Store.Lists.MembershipsAsync([me, ann], Ct)).ShouldBe([new MembershipRow(me, chat.ChatId, 3, 0, HistoryAll: false)]);
        (await Store.Lists.SharingChatAsync(me, [ann, bob, eve, Id()], Ct)).ShouldBe([bob]);
    }
}
