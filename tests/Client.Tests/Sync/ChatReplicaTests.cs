using CsCheck;
using Orleans.Chat.Client.Sync;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Sync;

public sealed class ChatReplicaTests
{
    private const string Chat = "c";

    [Fact]
    public void Any_loss_doubling_and_reordering_with_pages_between_gives_each_revision_once_in_order()
    {
        var push = Gen.Int[1, 40].Select(revision => new Step(revision, 0));
        var page = Gen.Int[1, 7].Select(size => new Step(0, size));
        var lost = Gen.Const(new Step(0, 0));
        Gen.Select(Gen.Frequency((6, push), (2, page), (1, lost)).Array[0, 120], Gen.Int[1, 9])
            .Sample(
                (steps, lastSize) =>
                {
                    var server = Enumerable.Range(1, 40).Select(at => (ChatEvent)new Noop { ChatId = Chat, Revision = at }).ToArray();
                    var replica = new ChatReplica(Chat, 0);
                    List<ChatEvent> seen = [];
                    foreach (var step in steps)
                    {
                        if (step.Revision > 0)
                            seen.AddRange(replica.Push(server[step.Revision - 1]));
                        else if (step.PageSize > 0)
                            seen.AddRange(replica.Fill(PageOf(server, replica.Revision, step.PageSize), replica.Demand));
                        else
                            replica.Lost();
                    }
                    replica.Behind(server.Length);
                    while (!replica.IsWhole)
                        seen.AddRange(replica.Fill(PageOf(server, replica.Revision, lastSize), replica.Demand));
                    return seen.SequenceEqual(server);
                },
                iter: 5_000
            );
    }

    [Fact]
    public void A_page_asked_for_long_ago_brings_nothing_twice()
    {
        var replica = new ChatReplica(Chat, 0);
        replica.Push(At(1)).Count.ShouldBe(1);
        replica.Push(At(2)).Count.ShouldBe(1);
        replica.Fill(Page(3, false, At(1), At(2), At(3)), 0).ShouldBe([At(3)]);
    }

    [Fact]
    public void A_page_that_passes_over_revisions_moves_on_to_its_own()
    {
        var replica = new ChatReplica(Chat, 0);
        replica.Push(At(9)).ShouldBeEmpty();
        replica.IsWhole.ShouldBeFalse();
        replica.Fill(Page(8, false, At(5)), 0).ShouldBe([At(5), At(9)]);
        (replica.Revision, replica.IsWhole).ShouldBe((9, true));
    }

    [Fact]
    public void A_loss_is_owed_until_a_page_asked_for_after_it_says_that_there_is_no_more()
    {
        var replica = new ChatReplica(Chat, 4);
        var before = replica.Demand;
        replica.Lost();
        replica.IsWhole.ShouldBeFalse();
        replica.Fill(Page(4, false), before);
        replica.IsWhole.ShouldBeFalse("that page may be from before the loss");
        replica.Fill(Page(5, true, At(5)), replica.Demand);
        replica.IsWhole.ShouldBeFalse("there was more");
        replica.Fill(Page(5, false), replica.Demand);
        replica.IsWhole.ShouldBeTrue();
    }

    [Fact]
    public void Too_many_early_events_are_let_go_and_stay_owed()
    {
        var replica = new ChatReplica(Chat, 0);
        for (var at = 2; at <= 3_000; at++)
            replica.Push(At(at)).ShouldBeEmpty();
        replica.Push(At(1)).Count.ShouldBe(1_001);
        (replica.Target, replica.IsWhole).ShouldBe((3_000, false));
    }

    private static Noop At(long revision) => new() { ChatId = Chat, Revision = revision };

    private static ChangesPage Page(long revision, bool more, params ChatEvent[] changes) =>
        new()
        {
            Changes = changes,
            Revision = revision,
            HasMore = more,
        };

    private static ChangesPage PageOf(ChatEvent[] server, long after, int size)
    {
        var changes = server.Skip((int)after).Take(size).ToArray();
        return Page(after + changes.Length, after + changes.Length < server.Length, changes);
    }

    private sealed record Step(int Revision, int PageSize);
}
