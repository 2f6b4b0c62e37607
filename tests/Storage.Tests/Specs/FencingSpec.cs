using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class FencingSpec(StorageFixture store) : ChatSpec(store)
{
    [Fact]
    public async Task Who_was_taken_over_writes_nothing_more()
    {
        var old = await NewChatAsync("ann");
        await SendAsync(old, "ann", "one");
        var taker = await OpenAsync(old.ChatId, Store.AnotherLog());

        (await CommitAsync(old, Text("ann", "stale"))).ShouldBeOfType<CommitOutcome.Fenced>();
        (await CommitAsync(old, new ChatChange.DeleteMessage(1, Now()))).ShouldBeOfType<CommitOutcome.Fenced>();

        old.Closed.ShouldBeTrue();
        (await CommittedAsync(taker.Log, Text("ann", "two"))).ShouldBe(new CommitOutcome.Committed(3, 2, 2));
        (await AllAsync(old.ChatId)).Select(m => m.Content).ShouldBe(["one", "two"]);
    }

    [Fact]
    public async Task A_stale_change_of_any_kind_is_fenced()
    {
        var old = await NewChatAsync("ann", "bob");
        await SendAsync(old, "ann");
        ChatChange[] changes =
        [
            new ChatChange.EditMessage(1, "x", null, null, Now()),
            new ChatChange.React(1, "ann", "+1", Removed: false, Now()),
            new ChatChange.AddMember("cyd", Roles.Member, Now()),
            new ChatChange.SetRole("bob", Roles.Admin, Now()),
            new ChatChange.RemoveMember("bob", Now()),
            new ChatChange.UpdateChat("n", null, new ChatSettings(), Now()),
            new ChatChange.DeleteChat(Now()),
        ];
        foreach (var change in changes)
        {
            var stale = await OpenAsync(old.ChatId);
            var now = await OpenAsync(old.ChatId);
            (await CommitAsync(stale.Log, change)).ShouldBeOfType<CommitOutcome.Fenced>();
            now.Log.Revision.ShouldBe(2);
        }
        (await OpenAsync(old.ChatId)).Log.Revision.ShouldBe(2);
    }

    [Fact]
    public async Task An_older_view_of_the_same_incarnation_takes_nothing_over()
    {
        var chat = await NewChatAsync("ann");

        (await Store.Log.OpenAsync(chat.ChatId, View with { Version = 4 }, 1, Ct)).ShouldBeOfType<OpenOutcome.ViewTooOld>();
        (await CommittedAsync(chat, Text("ann", "still mine"))).Seq.ShouldBe(1);
        (await Store.Log.OpenAsync(chat.ChatId, View, 1, Ct)).ShouldBeOfType<OpenOutcome.Opened>();
        (await Store.Log.OpenAsync(chat.ChatId, new ClusterView("two", 1), 1, Ct)).ShouldBeOfType<OpenOutcome.Opened>();
        (await Store.Log.OpenAsync(chat.ChatId, new ClusterView("two", 0), 1, Ct)).ShouldBeOfType<OpenOutcome.ViewTooOld>();
    }

    [Fact]
    public async Task Many_callers_of_one_chat_get_each_number_once()
    {
        var chat = await NewChatAsync("ann");

        var seqs = await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async caller =>
                {
                    var mine = new List<long>();
                    for (var i = 0; i < 40; i++)
                        mine.Add(await SendAsync(chat, "ann", $"{caller}/{i}"));
                    return mine;
                })
        );

        seqs.SelectMany(s => s).Order().ShouldBe(Enumerable.Range(1, 320).Select(i => (long)i));
        seqs.ShouldAllBe(mine => mine.SequenceEqual(mine.Order()));
    }

    [Fact]
    public async Task Many_callers_of_many_chats_get_each_number_once()
    {
        var chats = new List<OpenChat>();
        for (var i = 0; i < 50; i++)
            chats.Add(await NewChatAsync("ann", "bob"));

        await Task.WhenAll(
            Enumerable
                .Range(0, 8)
                .Select(async caller =>
                {
                    for (var i = 0; i < 40; i++)
                        await Task.WhenAll(
                            SendAsync(chats[(caller * 40 + i) % 50], caller % 2 == 0 ? "ann" : "bob"),
                            SendAsync(chats[i], "ann")
                        );
                })
        );

        foreach (var chat in chats)
        {
            var all = await AllAsync(chat.ChatId);
            all.Select(m => m.Seq).ShouldBe(Enumerable.Range(1, all.Count).Select(i => (long)i));
            all.Select(m => m.Revision).ShouldBe(Enumerable.Range(2, all.Count).Select(i => (long)i));
        }
        chats.Sum(c => c.HeadSeq).ShouldBe(640);
    }

    [Fact]
    public async Task Two_owners_of_the_same_chats_never_both_write_a_number()
    {
        var ids = new List<string>();
        for (var i = 0; i < 10; i++)
            ids.Add((await NewChatAsync("ann")).ChatId);
        var logs = new[] { Store.Log, Store.AnotherLog() };

        var written = await Task.WhenAll(
            logs.Select(
                async (log, owner) =>
                {
                    var mine = new List<(string, long)>();
                    for (var round = 0; round < 10; round++)
                    {
                        foreach (var id in ids)
                        {
                            var chat = (await OpenAsync(id, log, 1)).Log;
                            var outcomes = await Task.WhenAll(
                                Enumerable.Range(0, 3).Select(i => CommitAsync(chat, Text("ann", $"{owner} {round} {i}"), log))
                            );
                            outcomes.ShouldAllBe(o => o is CommitOutcome.Committed || o is CommitOutcome.Fenced);
                            mine.AddRange(outcomes.OfType<CommitOutcome.Committed>().Select(c => (id, c.Seq)));
                        }
                    }
                    return mine;
                }
            )
        );

        var all = written.SelectMany(w => w).ToList();
        all.Distinct().Count().ShouldBe(all.Count);
        foreach (var id in ids)
            (await AllAsync(id)).Select(m => m.Seq).ShouldBe(all.Where(a => a.Item1 == id).Select(a => a.Item2).Order());
    }
}
