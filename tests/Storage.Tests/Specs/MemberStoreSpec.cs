using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class MemberStoreSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task Cursors_only_grow_and_reading_is_having_it_delivered()
    {
        var chat = await NewChatAsync("ann", "bob");
        for (var i = 0; i < 5; i++)
            await SendAsync(chat, "ann");

        await Store.Members.FlushCursorsAsync([Step(chat, "bob", 4, 2), Step(chat, "eve", 4, 2), Step(chat, "bob", 3, 3)], Ct);
        await Store.Members.FlushCursorsAsync([Step(chat, "bob", 1, 1)], Ct);
        await Store.Members.FlushCursorsAsync([Step(chat, "ann", 0, 0)], Ct);

        var members = (await OpenAsync(chat.ChatId)).Members;
        members.Select(m => (m.UserId, m.DeliveredSeq, m.ReadSeq, m.ReadOrdinal)).ShouldBe([("ann", 5, 5, 5), ("bob", 4, 3, 3)]);
        await Store.Members.FlushCursorsAsync([Step(chat, "bob", 0, 5)], Ct);
        (await OpenAsync(chat.ChatId)).Members[1].DeliveredSeq.ShouldBe(5);
    }

    [Fact]
    public async Task Flushes_and_sends_of_the_same_members_do_not_hinder_each_other()
    {
        var users = Enumerable.Range(0, 20).Select(i => $"user{i}").ToArray();
        var chats = new List<OpenChat>();
        for (var i = 0; i < 5; i++)
            chats.Add(await NewChatAsync(users));

        await Task.WhenAll(
            Enumerable
                .Range(0, 60)
                .SelectMany(i =>
                    new[]
                    {
                        SendAsync(chats[i % 5], users[i % 20]),
                        Store.Members.FlushCursorsAsync([.. chats.SelectMany(c => users.Select(u => Step(c, u, i, i)))], Ct),
                        Store.Lists.SyncAsync(users[i % 20], null, 50, Ct),
                    }
                )
        );

        chats.Sum(c => c.HeadSeq).ShouldBe(60);
    }

    [Fact]
    public async Task Preferences_are_what_was_set_last()
    {
        var chat = await NewChatAsync("ann");
        var set = new Preferences
        {
            MutedUntil = Now(),
            Pinned = true,
            Draft = "half a",
        };

        (await Store.Reader.PreferencesAsync("ann", chat.ChatId, Ct)).ShouldBe(new Preferences());
        await Store.Members.SetPreferencesAsync("ann", chat.ChatId, new Preferences { Draft = "x" }, Ct);
        await Store.Members.SetPreferencesAsync("ann", chat.ChatId, set, Ct);
        (await Store.Reader.PreferencesAsync("ann", chat.ChatId, Ct)).ShouldBe(set);
    }

    private CursorStep Step(OpenChat chat, string user, long delivered, long read) => new(chat.ChatId, user, delivered, read, read, Now());
}
