using CsCheck;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Sync;

public sealed class ChatStateTests
{
    private const string Chat = "c";

    [Fact]
    public void Live_events_and_pages_that_show_messages_as_they_became_lead_to_the_same_end()
    {
        var change = Gen.Select(Gen.Int[0, 4], Gen.Int[0, 5], Gen.Int[0, 2]);
        Gen.Select(change.Array[1, 60], Gen.Int[0, 60], Gen.Int[0, 60])
            .Sample(
                (changes, from, to) =>
                {
                    var live = Play(changes);
                    var now = live[^1].Messages;
                    var whole = new ChatState(Chat);
                    var mixed = new ChatState(Chat);
                    for (var i = 0; i < live.Count; i++)
                    {
                        whole.Apply(live[i].Event);
                        mixed.Apply(i >= from && i < to ? AsItIsNow(live[i].Event, now) : live[i].Event);
                    }
                    Same(whole.Messages, [.. now.Values]);
                    Same(mixed.Messages, [.. now.Values]);
                },
                iter: 2_000
            );
    }

    [Fact]
    public void An_older_message_does_not_undo_a_newer_one()
    {
        var state = new ChatState(Chat);
        state.Apply(new MessageUpdated(TestData.Message(Chat, 1, 5, "new")) { ChatId = Chat, Revision = 5 });
        state.Apply(TestData.Created(Chat, 1, 1));
        state.Messages.ShouldHaveSingleItem().Content.ShouldBe("new");
    }

    [Fact]
    public void Cursors_only_grow_and_read_counts_as_delivered()
    {
        var state = new ChatState(Chat);
        state.Apply(new MemberJoined(TestData.Member("bob")) { ChatId = Chat, Revision = 1 });
        state.Apply(new ReceiptEvent("bob", 3, 5) { ChatId = Chat });
        state.Apply(new ReceiptEvent("bob", 4, 2) { ChatId = Chat });
        state.Apply(new MemberUpdated(TestData.Member("bob") with { Role = Roles.Admin }) { ChatId = Chat, Revision = 2 });
        var bob = state.Members["bob"];
        (bob.DeliveredSeq, bob.ReadSeq, bob.Role).ShouldBe((5, 5, Roles.Admin));
    }

    [Fact]
    public void Joining_again_drops_what_was_held_up_to_there()
    {
        var state = new ChatState(Chat, me: "me");
        for (var seq = 1; seq <= 5; seq++)
            state.Apply(TestData.Created(Chat, seq, seq));
        state.Apply(new MemberJoined(TestData.Member("other", joinedSeq: 5)) { ChatId = Chat, Revision = 6 });
        state.Messages.Count.ShouldBe(5);
        state.Apply(new MemberJoined(TestData.Member("me", joinedSeq: 3)) { ChatId = Chat, Revision = 7 });
        state.Messages.Select(message => message.Seq).ShouldBe([4, 5]);
    }

    [Fact]
    public void Hidden_messages_are_left_out_and_old_ones_make_room()
    {
        var state = new ChatState(Chat, messagesKept: 3);
        for (var seq = 1; seq <= 5; seq++)
            state.Apply(TestData.Created(Chat, seq, seq));
        state.Apply(new MessageHidden("m4") { ChatId = Chat });
        state.Messages.Select(message => message.Seq).ShouldBe([3, 5]);
    }

    [Fact]
    public void An_event_of_the_chat_keeps_ones_own_fields()
    {
        var state = new ChatState(Chat);
        state.Apply(new ChatSynced(TestData.Chat(Chat, 3) with { Role = Roles.Owner, UnreadCount = 2 }) { ChatId = Chat });
        state.Apply(new ChatUpdated(TestData.Chat(Chat, 4) with { Name = "new", JoinedSeq = null }) { ChatId = Chat, Revision = 4 });
        (state.View!.Name, state.View.Role, state.View.UnreadCount).ShouldBe(("new", Roles.Owner, 2));
    }

    // What a server would do with a list of wishes: each takes the next revision.
    private static List<(ChatEvent Event, SortedDictionary<long, Message> Messages)> Play((int Kind, int Target, int User)[] changes)
    {
        List<(ChatEvent, SortedDictionary<long, Message>)> played = [];
        var messages = new SortedDictionary<long, Message>();
        for (var i = 0; i < changes.Length; i++)
        {
            var (kind, target, user) = changes[i];
            var revision = i + 1L;
            var seq = messages.Count == 0 || kind == 0 ? messages.Count + 1 : (target % messages.Count) + 1;
            var happened = messages.TryGetValue(seq, out var held)
                ? Change(held, kind, revision, $"u{user}")
                : TestData.Created(Chat, seq, revision);
            messages[seq] = happened switch
            {
                MessageCreated created => created.Message,
                MessageUpdated updated => updated.Message,
                MessageDeleted deleted => deleted.Message,
                ReactionChanged reaction => React(held!, reaction),
                _ => held!,
            };
            played.Add((happened, new SortedDictionary<long, Message>(messages)));
        }
        return played;
    }

    private static ChatEvent Change(Message held, int kind, long revision, string user)
    {
        var next = held with { Revision = revision };
        if (kind == 1)
            return new MessageUpdated(next with { Content = $"edit {revision}" }) { ChatId = Chat, Revision = revision };
        if (kind == 2)
            return new MessageDeleted(next with { Content = "", Reactions = [] }) { ChatId = Chat, Revision = revision };
        var has = held.Reactions.Any(reaction => reaction.UserIds.Contains(user));
        return new ReactionChanged(held.MessageId, held.Seq, "+1", user, has) { ChatId = Chat, Revision = revision };
    }

    private static Message React(Message held, ReactionChanged change)
    {
        string[] users = [.. held.Reactions.SelectMany(reaction => reaction.UserIds).Where(user => user != change.UserId)];
        if (!change.Removed)
            users = [.. users, change.UserId];
        var reaction = new Reaction
        {
            Emoji = "+1",
            Count = users.Length,
            UserIds = users,
        };
        return held with { Revision = change.Revision!.Value, Reactions = users.Length == 0 ? [] : [reaction] };
    }

    private static ChatEvent AsItIsNow(ChatEvent happened, SortedDictionary<long, Message> now) =>
        happened switch
        {
            MessageCreated created => created with { Message = now[created.Message.Seq] },
            MessageUpdated updated => updated with { Message = now[updated.Message.Seq] },
            MessageDeleted deleted => deleted with { Message = now[deleted.Message.Seq] },
            _ => happened,
        };

    private static void Same(IReadOnlyList<Message> seen, Message[] expected) => seen.Select(Describe).ShouldBe(expected.Select(Describe));

    private static string Describe(Message message)
    {
        var reactions = message.Reactions.Select(reaction => $"{reaction.Emoji}:{reaction.Count}:{string.Join('+', reaction.UserIds)}");
        return $"{message.Seq} {message.Content} [{string.Join(' ', reactions)}]";
    }
}
