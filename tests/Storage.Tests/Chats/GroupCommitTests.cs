using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Chats;

public sealed class GroupCommitTests
{
    private static readonly DateTimeOffset At = new(2024, 3, 20, 10, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task What_queues_during_a_commit_is_the_next_batch()
    {
        var store = new Committer();
        await using var commits = new GroupCommit(1, 1_000, 64, store);
        var outcomes = await store.DuringACommitAsync(commits, [.. Enumerable.Range(0, 100).Select(i => (NewChat($"c{i}"), Text("x")))]);

        store.Batches.Select(b => b.Count).ShouldBe([1, 64, 36]);
        outcomes.ShouldAllBe(o => o is CommitOutcome.Committed);
    }

    [Fact]
    public async Task A_refused_change_fails_alone_and_leaves_no_number()
    {
        var store = new Committer();
        await using var commits = new GroupCommit(1, 1_000, 64, store);
        var (one, two) = (NewChat("one"), NewChat("two"));
        var queued = Enumerable.Range(0, 60).Select(i => (i % 2 == 0 ? one : two, (ChatChange)Text(i == 21 ? "bad" : "good"))).ToArray();

        var outcomes = await store.DuringACommitAsync(commits, queued);

        outcomes[21].ShouldBe(new CommitOutcome.Refused("22021"));
        outcomes.Where((_, i) => i != 21).ShouldAllBe(o => o is CommitOutcome.Committed);
        outcomes.Where((_, i) => i % 2 == 1 && i != 21).Cast<CommitOutcome.Committed>().Select(c => c.Seq).ShouldBe(Seqs(29));
        (one.HeadSeq, two.HeadSeq, two.Revision).ShouldBe((30, 29, 29));
        store.Batches.Count.ShouldBeLessThan(20);
    }

    [Fact]
    public async Task A_message_waits_for_the_batch_after_another_change_of_its_chat()
    {
        var store = new Committer();
        await using var commits = new GroupCommit(1, 1_000, 64, store);
        var chat = NewChat("one");
        var edit = new ChatChange.DeleteMessage(1, At);
        var same = Text("same");

        var outcomes = await store.DuringACommitAsync(
            commits,
            [(chat, Text("a")), (chat, edit), (chat, edit), (chat, Text("b")), (chat, same), (chat, same), (NewChat("two"), Text("c"))]
        );

        store.Batches.Skip(1).Select(b => b.Count).ShouldBe([4, 2, 1]);
        outcomes
            .Take(6)
            .Cast<CommitOutcome.Committed>()
            .Select(c => (c.Revision, c.Seq))
            .ShouldBe([(1, 1), (2, 1), (3, 1), (4, 2), (5, 3), (6, 4)]);
    }

    [Fact]
    public async Task A_full_queue_answers_at_once()
    {
        var store = new Committer();
        await using var commits = new GroupCommit(1, 16, 64, store);
        var chat = NewChat("one");
        store.Hold();
        var waiting = Enumerable.Range(0, 16).Select(_ => commits.Commit(chat, Text("x")).AsTask()).ToArray();

        var refused = commits.Commit(chat, Text("x"));
        refused.IsCompleted.ShouldBeTrue();
        (await refused).ShouldBeOfType<CommitOutcome.Overloaded>();

        store.Release();
        (await Task.WhenAll(waiting)).Cast<CommitOutcome.Committed>().Select(c => c.Seq).ShouldBe(Seqs(16));
        (await commits.Commit(chat, Text("x"))).ShouldBe(new CommitOutcome.Committed(17, 17, 17));
    }

    [Fact]
    public async Task An_unknown_outcome_closes_the_handles_of_its_batch_alone()
    {
        var store = new Committer { Answer = b => b[0].Chat.ChatId is "one" ? new BatchOutcome.Unknown() : null };
        await using var commits = new GroupCommit(1, 100, 64, store);
        var (one, two) = (NewChat("one"), NewChat("two"));

        (await commits.Commit(one, Text("x"))).ShouldBeOfType<CommitOutcome.Unknown>();
        (await commits.Commit(one, Text("x"))).ShouldBeOfType<CommitOutcome.Fenced>();
        (await commits.Commit(two, Text("x"))).ShouldBeOfType<CommitOutcome.Committed>();
    }

    [Fact]
    public async Task A_fault_of_the_committer_is_unknown_and_the_writer_goes_on()
    {
        var store = new Committer { Answer = b => b[0].Chat.ChatId is "one" ? throw new InvalidOperationException("x") : null };
        await using var commits = new GroupCommit(1, 100, 64, store);

        (await commits.Commit(NewChat("one"), Text("x"))).ShouldBeOfType<CommitOutcome.Unknown>();
        (await commits.Commit(NewChat("two"), Text("x"))).ShouldBeOfType<CommitOutcome.Committed>();
    }

    [Fact]
    public async Task A_deadlock_is_tried_again_and_not_for_ever()
    {
        var tries = 0;
        var store = new Committer { Answer = b => b[0].Chat.ChatId is "never" || ++tries < 3 ? new BatchOutcome.Again() : null };
        await using var commits = new GroupCommit(1, 100, 64, store);

        (await commits.Commit(NewChat("one"), Text("x"))).ShouldBeOfType<CommitOutcome.Committed>();
        (await commits.Commit(NewChat("never"), Text("x"))).ShouldBeOfType<CommitOutcome.Overloaded>();
    }

    [Fact]
    public async Task A_chat_that_is_not_where_its_handle_says_is_fenced()
    {
        var store = new Committer { Answer = b => new BatchOutcome.Done([.. b.Select(_ => ChangeResult.Skipped.Instance)]) };
        await using var commits = new GroupCommit(1, 100, 64, store);

        (await commits.Commit(NewChat("one"), Text("x"))).ShouldBeOfType<CommitOutcome.Fenced>();
    }

    [Fact]
    public async Task What_stands_behind_a_batch_that_found_no_store_fails_with_it_and_other_chats_do_not()
    {
        var store = new Committer
        {
            Answer = b => b.Any(c => c.Change is ChatChange.AddMessage { Content: "away" }) ? new BatchOutcome.Unavailable() : null,
        };
        await using var commits = new GroupCommit(1, 1_000, 2, store);
        var (one, two) = (NewChat("one"), NewChat("two"));

        var outcomes = await store.DuringACommitAsync(
            commits,
            [(one, Text("away")), (one, Text("b")), (one, Text("c")), (two, Text("d")), (one, Text("e"))]
        );

        outcomes.Select(o => o is CommitOutcome.Overloaded).ShouldBe([true, true, true, false, true]);
        (await commits.Commit(one, Text("again"))).ShouldBe(new CommitOutcome.Committed(1, 1, 1));
    }

    private static IEnumerable<long> Seqs(int count) => Enumerable.Range(1, count).Select(i => (long)i);

    private static OpenChat NewChat(string id) => new(id, 1, 0, 0, 0);

    private static ChatChange.AddMessage Text(string content) => new(Ids.New(), "ann", MessageTypes.Text, content, null, null, [1], At);

    /// <summary>Applies everything but what is bad; can be held in the middle of a commit.</summary>
    private sealed class Committer : IBatchCommitter
    {
        private TaskCompletionSource _gate = Open();
        private TaskCompletionSource _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public List<IReadOnlyList<NumberedChange>> Batches { get; } = [];
        public Func<IReadOnlyList<NumberedChange>, BatchOutcome?> Answer { get; init; } = _ => null;

        public void Hold() => _gate = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Release() => _gate.TrySetResult();

        public async Task<CommitOutcome[]> DuringACommitAsync(GroupCommit commits, (OpenChat, ChatChange)[] changes)
        {
            Hold();
            _entered = new(TaskCreationOptions.RunContinuationsAsynchronously);
            var first = commits.Commit(NewChat("first"), Text("first")).AsTask();
            await _entered.Task;
            var all = changes.Select(c => commits.Commit(c.Item1, c.Item2).AsTask()).ToArray();
            Release();
            await first;
            return await Task.WhenAll(all).WaitAsync(TimeSpan.FromSeconds(10), TestContext.Current.CancellationToken);
        }

        public async Task<BatchOutcome> CommitAsync(int writer, IReadOnlyList<NumberedChange> batch)
        {
            Batches.Add(batch);
            _entered.TrySetResult();
            await _gate.Task;
            if (Answer(batch) is { } answer)
                return answer;
            return batch.Any(b => b.Change is ChatChange.AddMessage { Content: "bad" })
                ? new BatchOutcome.Refused("22021")
                : new BatchOutcome.Done([.. batch.Select(_ => ChangeResult.Applied.Instance)]);
        }

        private static TaskCompletionSource Open()
        {
            var open = new TaskCompletionSource();
            open.SetResult();
            return open;
        }
    }
}
