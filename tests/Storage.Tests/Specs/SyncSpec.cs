using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class SyncSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task Without_a_token_all_chats_come_in_pages_and_with_one_only_what_changed()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chats = new List<OpenChat>();
        for (var i = 0; i < 7; i++)
            chats.Add(await NewChatAsync(me, ann));

        var (all, token) = await SyncAllAsync(me, null, 3);
        all.Order().ShouldBe(chats.Select(c => c.ChatId).Order());
        (await SyncAllAsync(me, token, 3)).Chats.ShouldBeEmpty();

        await SendAsync(chats[4], ann);
        await SendAsync(chats[4], ann);
        await CommittedAsync(chats[1], new ChatChange.UpdateChat("n", null, new ChatSettings(), Now()));
        var (changed, later) = await SyncAllAsync(me, token, 3);
        changed.Order().ShouldBe(new[] { chats[4].ChatId, chats[1].ChatId }.Order());
        (await SyncAllAsync(me, later, 3)).Chats.ShouldBeEmpty();
        // A device that was away longer is told too.
        (await SyncAllAsync(me, token, 3)).Chats.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Two_devices_are_told_independently()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chat = await NewChatAsync(me, ann);
        var (phone, laptop) = ((await SyncAllAsync(me, null)).Token, (await SyncAllAsync(me, null)).Token);
        for (var i = 0; i < 5; i++)
        {
            await SendAsync(chat, ann);
            (var told, phone) = await SyncAllAsync(me, phone);
            told.ShouldHaveSingleItem();
            (await SyncAllAsync(me, phone)).Chats.ShouldBeEmpty();
        }
        (var late, laptop) = await SyncAllAsync(me, laptop);
        late.ShouldHaveSingleItem();
        (await SyncAllAsync(me, laptop)).Chats.ShouldBeEmpty();
    }

    [Fact]
    public async Task What_is_ones_own_is_told_and_other_members_cursors_are_not()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chat = await NewChatAsync(me, ann);
        await SendAsync(chat, ann, "x", [me]);
        var token = (await SyncAllAsync(me, null)).Token;

        await Store.Members.FlushCursorsAsync([new CursorStep(chat.ChatId, ann, 1, 1, 1, Now())], Ct);
        (await SyncAllAsync(me, token)).Chats.ShouldBeEmpty();

        await Store.Members.FlushCursorsAsync([new CursorStep(chat.ChatId, me, 1, 1, 1, Now())], Ct);
        var read = (await Store.Lists.SyncAsync(me, token, 10, Ct))!;
        (read.Chats.ShouldHaveSingleItem().Member!.ReadSeq, read.Chats[0].MentionCount).ShouldBe((1L, 0L));

        await Store.Members.SetPreferencesAsync(me, chat.ChatId, new Preferences { Pinned = true }, Ct);
        var pinned = (await Store.Lists.SyncAsync(me, read.Next, 10, Ct))!;
        pinned.Chats.ShouldHaveSingleItem().Preferences.Pinned.ShouldBe(true);

        var messageId = (await AllAsync(chat.ChatId))[0].MessageId;
        await Store.Members.HideAsync(me, chat.ChatId, messageId, 1, Now(), Ct);
        await Store.Members.HideAsync(me, chat.ChatId, messageId, 1, Now(), Ct);
        var hidden = (await Store.Lists.SyncAsync(me, pinned.Next, 10, Ct))!;
        hidden.Hidden.ShouldBe([new HiddenMessage { ChatId = chat.ChatId, MessageId = messageId }]);
        hidden.Chats.ShouldHaveSingleItem().LastMessage.ShouldBeNull();
        (await Store.Lists.SyncAsync(me, hidden.Next, 10, Ct))!.Hidden.ShouldBeEmpty();
        (await Store.Lists.SyncAsync(me, null, 10, Ct))!.Hidden.ShouldHaveSingleItem();
    }

    [Fact]
    public async Task Chats_that_one_left_or_that_were_deleted_are_removed_and_may_come_back()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var (left, deleted) = (await NewChatAsync(me, ann), await NewChatAsync(me, ann));
        var token = (await SyncAllAsync(me, null)).Token;

        await CommittedAsync(left, new ChatChange.RemoveMember(me, Now()));
        await CommittedAsync(deleted, new ChatChange.DeleteChat(Now()));
        var gone = (await Store.Lists.SyncAsync(me, token, 10, Ct))!;
        gone.RemovedChatIds.Order().ShouldBe(new[] { left.ChatId, deleted.ChatId }.Order());
        gone.Chats.ShouldBeEmpty();
        (await SyncAllAsync(me, null)).Chats.ShouldBeEmpty();

        await SendAsync(left, ann);
        (await Store.Lists.SyncAsync(me, gone.Next, 10, Ct))!.RemovedChatIds.ShouldBeEmpty();
        await CommittedAsync(left, new ChatChange.AddMember(me, Roles.Member, Now()));
        (await Store.Lists.SyncAsync(me, gone.Next, 10, Ct))!.Chats.ShouldHaveSingleItem().Member!.JoinedSeq.ShouldBe(1);
    }

    [Fact]
    public async Task What_is_no_token_is_refused()
    {
        foreach (var garbage in new[] { "", "x", "!!", "bm8gdG9rZW4", new string('A', 10_000) })
            await Should.ThrowAsync<FormatException>(() => Store.Lists.SyncAsync("me", garbage, 10, Ct));
    }

    [Fact]
    public async Task A_device_that_synchronises_while_others_write_ends_where_the_chats_are()
    {
        var (me, ann) = (Id("me"), Id("ann"));
        var chats = new List<OpenChat>();
        for (var i = 0; i < 12; i++)
            chats.Add(await NewChatAsync(me, ann));
        var seen = new Dictionary<string, (long Revision, long Read)>();
        string? token = null;

        var writing = Task.WhenAll(
            chats.Select(async chat =>
            {
                for (var i = 1; i <= 25; i++)
                {
                    var seq = await SendAsync(chat, ann);
                    if (i % 3 == 0)
                        await Store.Members.FlushCursorsAsync([new CursorStep(chat.ChatId, me, seq, seq, seq, Now())], Ct);
                }
            })
        );
        while (!writing.IsCompleted)
            await FollowAsync();
        await writing;
        await FollowAsync();

        seen.Values.ShouldAllBe(s => s.Revision == 26 && s.Read == 24);
        seen.Count.ShouldBe(12);

        async Task FollowAsync()
        {
            SyncResult page;
            do
            {
                page = (await Store.Lists.SyncAsync(me, token, 5, Ct))!;
                foreach (var row in page.Chats)
                    seen[row.Chat.ChatId] = (row.Chat.Revision, row.Member!.ReadSeq);
                token = page.Next;
            } while (page.HasMore);
        }
    }
}
