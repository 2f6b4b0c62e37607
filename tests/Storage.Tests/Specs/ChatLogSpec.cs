using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class ChatLogSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task Seqs_revisions_and_ordinals_are_dense_and_in_the_order_of_the_calls()
    {
        var chat = await NewChatAsync("ann", "bob");
        var sends = Enumerable.Range(0, 100).Select(i => CommitAsync(chat, Text("ann", $"m{i}"))).ToArray();

        var outcomes = await Task.WhenAll(sends);

        outcomes.ShouldBe(Enumerable.Range(1, 100).Select(i => new CommitOutcome.Committed(i + 1, i, i)));
        (await AllAsync(chat.ChatId)).Select(m => m.Content).ShouldBe(Enumerable.Range(0, 100).Select(i => $"m{i}"));
        (chat.HeadSeq, chat.Revision, chat.Ordinal).ShouldBe((100, 101, 100));
    }

    [Fact]
    public async Task A_system_message_takes_a_seq_and_no_ordinal()
    {
        var chat = await NewChatAsync("ann");
        await SendAsync(chat, "ann");

        (await CommittedAsync(chat, Text("ann", "joined", type: MessageTypes.System))).ShouldBe(new CommitOutcome.Committed(3, 2, 1));
        (await CommittedAsync(chat, Text("ann", "x"))).ShouldBe(new CommitOutcome.Committed(4, 3, 2));
        (await Store.Reader.OrdinalAsync(chat.ChatId, 2, Ct)).ShouldBe(1);
    }

    [Fact]
    public async Task A_repeated_id_answers_the_first_and_burns_no_number_also_after_edit_and_deletion()
    {
        var chat = await NewChatAsync("ann");
        var first = Text("ann", "one");
        var sent = await CommittedAsync(chat, first);
        var expected = new CommitOutcome.Duplicate(sent.Seq, sent.Revision, "ann", first.Fingerprint, first.At);

        ShouldEqual(await CommitAsync(chat, first with { Content = "other", At = Now() }), expected);
        await CommittedAsync(chat, new ChatChange.EditMessage(1, "edited", null, null, Now()));
        ShouldEqual(await CommitAsync(chat, first), expected);
        await CommittedAsync(chat, new ChatChange.DeleteMessage(1, Now()));
        ShouldEqual(await CommitAsync(chat, first), expected);
        ShouldEqual((await Store.Reader.SentAsync(chat.ChatId, first.MessageId, Ct))!, expected);
        (await Store.Reader.SentAsync((await NewChatAsync("ann")).ChatId, first.MessageId, Ct)).ShouldBeNull();

        (await CommittedAsync(chat, Text("ann", "two"))).ShouldBe(new CommitOutcome.Committed(5, 2, 2));
    }

    [Fact]
    public async Task Duplicates_among_new_messages_of_one_batch_leave_the_rest_dense()
    {
        var chat = await NewChatAsync("ann");
        var old = Text("ann", "old");
        await CommittedAsync(chat, old);
        var fresh = Text("ann", "fresh");

        ChatChange[] changes =
        [
            Text("ann", "a"),
            old,
            fresh,
            fresh,
            new ChatChange.React(1, "ann", "+1", Removed: true, Now()),
            Text("ann", "b"),
        ];
        var outcomes = await Task.WhenAll(changes.Select(c => CommitAsync(chat, c)).ToArray());

        outcomes[0].ShouldBe(new CommitOutcome.Committed(3, 2, 2));
        outcomes[1].ShouldBeOfType<CommitOutcome.Duplicate>().Seq.ShouldBe(1);
        outcomes[2].ShouldBe(new CommitOutcome.Committed(4, 3, 3));
        outcomes[3].ShouldBeOfType<CommitOutcome.Duplicate>().Seq.ShouldBe(3);
        outcomes[4].ShouldBeOfType<CommitOutcome.NoEffect>();
        outcomes[5].ShouldBe(new CommitOutcome.Committed(5, 4, 4));
    }

    [Fact]
    public async Task A_chat_id_is_taken_once_and_stays_taken_after_deletion()
    {
        var chat = await NewChatAsync("ann");
        var again = Chat(chat.ChatId);

        (await Store.Log.CreateAsync(again, [Member("bob")], View, Ct)).ShouldBeOfType<CreateOutcome.Taken>();
        await CommittedAsync(chat, new ChatChange.DeleteChat(Now()));

        (await Store.Log.CreateAsync(again, [Member("bob")], View, Ct)).ShouldBeOfType<CreateOutcome.Taken>();
        (await Store.Log.OpenAsync(chat.ChatId, View, 10, Ct)).ShouldBeOfType<OpenOutcome.Deleted>();
        (await Store.Log.OpenAsync(Id("c"), View, 10, Ct)).ShouldBeOfType<OpenOutcome.Missing>();
        (await AllAsync(chat.ChatId)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Opening_tells_the_chat_its_members_and_its_tail_with_reactions()
    {
        var chat = await NewChatAsync("ann", "bob");
        for (var i = 1; i <= 5; i++)
            await SendAsync(chat, "ann", $"m{i}");
        await CommittedAsync(chat, new ChatChange.React(5, "bob", "+1", Removed: false, Now()));

        var opened = await OpenAsync(chat.ChatId, tail: 3);

        (opened.Log.HeadSeq, opened.Log.Revision, opened.Log.Ordinal).ShouldBe((5, 7, 5));
        opened.Log.Epoch.ShouldBe(chat.Epoch + 1);
        opened.Tail.Select(m => m.Content).ShouldBe(["m3", "m4", "m5"]);
        opened.Tail[2].Reactions.ShouldHaveSingleItem().UserIds.ShouldBe(["bob"]);
        opened.Members.Select(m => (m.UserId, m.ReadSeq, m.ReadOrdinal)).ShouldBe([("ann", 5L, 5L), ("bob", 0L, 0L)], ignoreOrder: true);
        opened.Chat.Settings.History.ShouldBe(SettingValues.HistoryJoined);
        (await Store.Log.EpochsAsync([chat.ChatId, Id("c")], Ct))
            .ShouldHaveSingleItem()
            .ShouldBe(new KeyValuePair<string, long>(chat.ChatId, opened.Log.Epoch));
    }

    protected static void ShouldEqual(CommitOutcome outcome, CommitOutcome.Duplicate expected)
    {
        var duplicate = outcome.ShouldBeOfType<CommitOutcome.Duplicate>();
        duplicate.Fingerprint.ShouldBe(expected.Fingerprint);
        (duplicate with { Fingerprint = expected.Fingerprint }).ShouldBe(expected);
    }
}
