using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class ChatReaderSpec(StorageFixture store) : ChatSpec(store)
{
    [Theory]
    [InlineData(3, null, null, null, "8 9 10", true)]
    [InlineData(10, null, null, null, "1 2 3 4 5 6 7 8 9 10", false)]
    [InlineData(3, 5L, null, null, "2 3 4", true)]
    [InlineData(4, 5L, null, null, "1 2 3 4", false)]
    [InlineData(3, 1L, null, null, "", false)]
    [InlineData(3, null, 5L, null, "6 7 8", true)]
    [InlineData(5, null, 5L, null, "6 7 8 9 10", false)]
    [InlineData(3, null, 10L, null, "", false)]
    [InlineData(5, null, null, 5L, "3 4 5 6 7", true)]
    [InlineData(1, null, null, 5L, "5", true)]
    [InlineData(4, null, null, 1L, "1 2 3", true)]
    public async Task A_page_is_oldest_first_and_tells_whether_there_are_more(
        int limit,
        long? before,
        long? after,
        long? around,
        string seqs,
        bool more
    )
    {
        var chat = await NewChatAsync("ann");
        await Task.WhenAll(Enumerable.Range(1, 10).Select(i => SendAsync(chat, "ann", $"m{i}")));

        var page = await Store.Reader.PageAsync(chat.ChatId, new MessageRange(limit, before, after, around), new Visibility("ann", 0), Ct);

        (string.Join(' ', page.Messages.Select(m => m.Seq)), page.HasMore).ShouldBe((seqs, more));
    }

    [Fact]
    public async Task A_page_leaves_out_other_types_what_is_hidden_and_what_was_before_the_joining()
    {
        var chat = await NewChatAsync("ann", "bob");
        for (var i = 1; i <= 10; i++)
            await CommittedAsync(chat, Text("ann", $"m{i}", type: i % 2 == 0 ? MessageTypes.Image : MessageTypes.Text));
        var all = await AllAsync(chat.ChatId);
        await Store.Members.HideAsync("bob", chat.ChatId, all[7].MessageId, 8, Now(), Ct);

        var page = await Store.Reader.PageAsync(chat.ChatId, new MessageRange(2, Type: MessageTypes.Image), new Visibility("bob", 4), Ct);
        var anns = await Store.Reader.PageAsync(chat.ChatId, new MessageRange(50), new Visibility("ann", 4), Ct);

        page.Messages.Select(m => m.Seq).ShouldBe([6, 10]);
        page.HasMore.ShouldBeFalse();
        anns.Messages.Select(m => m.Seq).ShouldBe([5, 6, 7, 8, 9, 10]);
    }

    [Fact]
    public async Task One_message_is_found_by_its_id_in_its_chat_alone()
    {
        var chat = await NewChatAsync("ann", "bob");
        var other = await NewChatAsync("ann");
        var sent = Text("ann", "x");
        await CommittedAsync(chat, sent);
        await Store.Members.HideAsync("bob", chat.ChatId, sent.MessageId, 1, Now(), Ct);

        var found = await Store.Reader.FindAsync(chat.ChatId, sent.MessageId, Ct);

        found.ShouldNotBeNull();
        (found.Message.Seq, found.Message.Content, found.Message.Fingerprint.SequenceEqual(sent.Fingerprint)).ShouldBe((1L, "x", true));
        found.HiddenFrom.ShouldBe(["bob"]);
        (await Store.Reader.FindAsync(other.ChatId, sent.MessageId, Ct)).ShouldBeNull();
        (await Store.Reader.FindAsync(chat.ChatId, Ids.New(), Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task What_an_id_was_first_used_for_is_told_whatever_became_of_the_message()
    {
        var (chat, other) = (await NewChatAsync("ann"), await NewChatAsync("ann"));
        var sent = Text("ann", "x");
        await SendAsync(chat, "ann", "before it");
        await CommittedAsync(chat, sent);
        await CommittedAsync(chat, new ChatChange.EditMessage(2, "y", null, null, Now()));
        await CommittedAsync(chat, new ChatChange.DeleteMessage(2, Now()));

        var first = (await Store.Reader.SentAsync(chat.ChatId, sent.MessageId, Ct)).ShouldNotBeNull();

        (first.Seq, first.Revision, first.SenderId, first.CreatedAt).ShouldBe((2, 3, "ann", sent.At));
        first.Fingerprint.ShouldBe(sent.Fingerprint);
        (await Store.Reader.SentAsync(other.ChatId, sent.MessageId, Ct)).ShouldBeNull();
        (await Store.Reader.SentAsync(chat.ChatId, Ids.New(), Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task The_same_id_in_two_chats_is_two_messages()
    {
        var (one, two) = (await NewChatAsync("ann"), await NewChatAsync("ann"));
        var message = Text("ann", "x");

        (await CommittedAsync(one, message)).Seq.ShouldBe(1);
        (await CommittedAsync(two, message)).Seq.ShouldBe(1);
    }

    [Fact]
    public async Task Mentions_count_what_is_after_the_cursor_and_visible()
    {
        var chat = await NewChatAsync("ann");
        await SendAsync(chat, "ann", "before", ["bob"]);
        await CommittedAsync(chat, new ChatChange.AddMember("bob", Roles.Member, Now()));
        await SendAsync(chat, "ann", "a", ["bob", "bob"]);
        await SendAsync(chat, "ann", "b", ["bob"]);
        await SendAsync(chat, "ann", "c", ["bob"]);
        await Store.Members.HideAsync("bob", chat.ChatId, (await AllAsync(chat.ChatId))[3].MessageId, 4, Now(), Ct);

        (await Store.Reader.MentionsAsync(chat.ChatId, "bob", 0, Ct)).ShouldBe(2);
        (await Store.Reader.MentionsAsync(chat.ChatId, "bob", 2, Ct)).ShouldBe(1);
    }
}
