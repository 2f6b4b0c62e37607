using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Gateway.Tests.Delivery.Rig;

namespace Orleans.Chat.Gateway.Tests.Delivery;

public sealed class ChatTableTests
{
    private readonly Rig _rig = new();

    [Fact]
    public void Revisions_are_pushed_in_order_and_stale_ones_dropped()
    {
        var anna = _rig.Connect("anna", In("anna", 5));

        _rig.Deliver(Said(6, 3), Said(7, 4));
        _rig.Deliver(Said(6, 3), Said(7, 4), Said(8, 5));
        _rig.Deliver(Said(5, 2));

        anna.Got.ShouldBe(["6", "7", "8"]);
        _rig.Pulls.ShouldBeEmpty();
    }

    [Fact]
    public void One_delivery_is_one_push_that_all_members_share()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert", In("bert", 5));

        _rig.Deliver(Said(6, 3), Said(7, 4), Said(8, 5));

        anna.Port.Written.Count.ShouldBe(2);
        bert.Port.Written[1].ShouldBeSameAs(anna.Port.Written[1]);
    }

    [Fact]
    public void What_is_beyond_a_hole_is_held_until_the_hole_is_pulled()
    {
        var anna = _rig.Connect("anna", In("anna", 5));

        _rig.Deliver(Said(8, 5));
        _rig.Deliver(Said(7, 4));

        anna.Got.ShouldBeEmpty();
        _rig.Pulls.ShouldBe([Room]);
        _rig.Chats.NextPull(Room).ShouldBe(5);
        _rig.Deliver(Said(6, 3));
        anna.Got.ShouldBe(["6", "7", "8"]);
        _rig.Chats.NextPull(Room).ShouldBeNull();
    }

    [Fact]
    public void A_head_beyond_what_was_applied_is_pulled()
    {
        _rig.Connect("anna", In("anna", 5));

        _rig.Chats.Deliver(
            new ChatDelivery
            {
                ChatId = Room,
                Entries = [],
                Head = 9,
            }
        );

        _rig.Pulls.ShouldBe([Room]);
    }

    [Fact]
    public void What_is_held_is_bounded_and_pulled_again()
    {
        var rig = new Rig(held: 2);
        var anna = rig.Connect("anna", In("anna", 5));

        rig.Deliver(Said(7, 1), Said(8, 2), Said(9, 3), Said(10, 4));
        rig.Deliver(Said(6, 1));

        anna.Got.ShouldBe(["6", "7", "8"]);
        rig.Chats.NextPull(Room).ShouldBe(8);
    }

    [Fact]
    public void Who_joined_later_gets_noops_for_what_is_about_older_messages()
    {
        var old = _rig.Connect("old", In("old", 5));
        var late = _rig.Connect("late", In("late", 5, joinedSeq: 3));

        _rig.Deliver(Said(6, 3), Said(7, 4), Said(8, 2));

        old.Got.ShouldBe(["6", "7", "8"]);
        late.Got.ShouldBe(["6-", "7", "8-"]);
    }

    [Fact]
    public void What_a_member_deleted_for_itself_is_a_noop()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert", In("bert", 5));

        _rig.Deliver(Said(6, 3, "anna"), Said(7, 4));

        anna.Got.ShouldBe(["6-", "7"]);
        bert.Got.ShouldBe(["6", "7"]);
    }

    [Fact]
    public void Where_history_is_open_all_is_seen_until_it_is_closed()
    {
        var late = _rig.Connect("late", In("late", 5, joinedSeq: 3, all: true));

        _rig.Deliver(Said(6, 2), Updated(7, all: false), Said(8, 2), Updated(9, all: true), Said(10, 1));

        late.Got.ShouldBe(["6", "7", "8-", "9", "10"]);
    }

    [Fact]
    public void Who_is_added_gets_its_own_joining_first_and_sees_what_comes_after()
    {
        _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert");

        _rig.Deliver(Said(6, 3), Joined(7, "bert", joinedSeq: 3), Said(8, 4), Said(9, 3));

        bert.Got.ShouldBe(["7", "8", "9-"]);
    }

    [Fact]
    public void A_chat_nobody_here_was_in_begins_with_the_joining()
    {
        var bert = _rig.Connect("bert");

        _rig.Deliver(Said(6, 3), Joined(7, "bert", joinedSeq: 3), Said(8, 4));
        _rig.Deliver(Said(10, 6));

        bert.Got.ShouldBe(["7", "8"]);
        _rig.Chats.NextPull(Room).ShouldBe(8);
    }

    [Fact]
    public void Who_is_removed_gets_its_own_leaving_last()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert", In("bert", 5));

        _rig.Deliver(Said(6, 3), Left(7, "bert"), Said(8, 4));

        anna.Got.ShouldBe(["6", "7", "8"]);
        bert.Got.ShouldBe(["6", "7"]);
    }

    [Fact]
    public void A_lost_removal_holds_back_what_comes_after_it()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert", In("bert", 5));

        _rig.Deliver(Said(7, 3));
        bert.Got.ShouldBeEmpty();
        _rig.Deliver(Left(6, "bert"), Said(7, 3));

        anna.Got.ShouldBe(["6", "7"]);
        bert.Got.ShouldBe(["6"]);
    }

    [Fact]
    public void Those_in_a_new_chat_get_its_creation()
    {
        var anna = _rig.Connect("anna");
        var carl = _rig.Connect("carl");

        _rig.Deliver(Created("anna", "bert"), Said(2, 1));

        anna.Got.ShouldBe(["1", "2"]);
        carl.Got.ShouldBeEmpty();
    }

    [Fact]
    public void A_deleted_chat_ends_with_its_deletion_and_late_events_do_not_bring_it_back()
    {
        var anna = _rig.Connect("anna", In("anna", 5));

        _rig.Deliver(Deleted(6));
        _rig.Deliver(Joined(4, "anna"), Said(5, 2));

        anna.Got.ShouldBe(["6"]);
        _rig.Chats.Count.ShouldBe(0);
    }

    [Fact]
    public void Who_leaves_and_is_added_again_is_in_again()
    {
        var anna = _rig.Connect("anna", In("anna", 5));

        _rig.Deliver(Left(6, "anna"), Said(7, 3), Joined(8, "anna", joinedSeq: 3), Said(9, 4));

        anna.Got.ShouldBe(["6", "8", "9"]);
    }

    [Fact]
    public void A_connection_gets_what_comes_after_its_read_and_others_get_what_they_lack()
    {
        var first = _rig.Connect("anna", In("anna", 5));
        var second = _rig.Connect("anna", In("anna", 7));

        _rig.Deliver(Said(6, 3), Said(7, 4), Said(8, 5));

        first.Got.ShouldBe(["6", "7", "8"]);
        second.Got.ShouldBe(["8"]);
    }

    [Fact]
    public void A_read_that_is_older_than_the_chat_here_pushes_nothing_twice()
    {
        var first = _rig.Connect("anna", In("anna", 5));
        var second = _rig.Begin("anna");
        _rig.Deliver(Said(6, 3));
        _rig.Finish(second, In("anna", 5));

        _rig.Deliver(Said(7, 4));

        first.Got.ShouldBe(["6", "7"]);
        second.Got.ShouldBe(["7"]);
    }

    [Fact]
    public void A_removal_that_passes_while_a_connection_opens_is_not_missed()
    {
        _rig.Connect("anna", In("anna", 5));
        var known = _rig.Begin("bert");
        _rig.Deliver(Left(6, "bert"));
        _rig.Finish(known, In("bert", 5));

        _rig.Deliver(Said(7, 3));

        known.Got.ShouldBeEmpty();
    }

    [Fact]
    public void A_removal_from_a_chat_that_is_not_known_here_is_not_missed_either()
    {
        var bert = _rig.Begin("bert");
        _rig.Deliver(Left(6, "bert"));
        _rig.Finish(bert, In("bert", 5));

        _rig.Deliver(Said(7, 3));

        bert.Got.ShouldBeEmpty();
        _rig.Chats.Count.ShouldBe(0);
    }

    [Fact]
    public void A_joining_that_passes_while_a_connection_opens_counts()
    {
        var bert = _rig.Begin("bert");
        _rig.Deliver(Joined(6, "bert", joinedSeq: 2));
        _rig.Finish(bert);

        _rig.Deliver(Said(7, 3), Said(8, 2));

        bert.Got.ShouldBe(["7", "8-"]);
    }

    [Fact]
    public void Nothing_is_pushed_before_the_hello()
    {
        _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Begin("bert");
        _rig.Deliver(Said(6, 3), Joined(7, "bert"));
        _rig.Connections.TellUser("bert", new MessageHidden("m"));

        bert.Port.Events.ShouldBeEmpty();
        _rig.Finish(bert, In("bert", 7));
        bert.Port.Events.ShouldHaveSingleItem();
    }

    [Fact]
    public void Hints_go_to_all_members_but_the_one_that_caused_them()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        var bert = _rig.Connect("bert", In("bert", 5));

        _rig.Chats.DeliverHints(new ChatEphemeral(Room, [new TypingEvent("anna", true) { ChatId = Room }], "anna"));
        _rig.Chats.DeliverHints(new ChatEphemeral(Room, [new ReceiptEvent("anna", 1, 1) { ChatId = Room }], null));

        anna.Kinds.ShouldBe(["ReceiptEvent"]);
        bert.Kinds.ShouldBe(["TypingEvent", "ReceiptEvent"]);
    }

    [Fact]
    public void A_chat_is_forgotten_with_its_last_connection()
    {
        var anna = _rig.Connect("anna", In("anna", 5));
        _rig.Connect("bert", In("bert", 5));

        _rig.Chats.Drop(anna.Connection.Id);
        _rig.Chats.Count.ShouldBe(1);
        _rig.Chats.Drop("c2");
        _rig.Chats.Count.ShouldBe(0);
        _rig.Connections.UserCount.ShouldBe(0);
    }

    [Fact]
    public void Comparing_pulls_what_is_behind_and_what_is_gone_and_seats_what_is_new()
    {
        var anna = _rig.Connect("anna", In("anna", 5), In("anna", 3, chat: "gone"), In("anna", 4, chat: "same"));

        var unmended = _rig.Chats.Compare(["anna"], [In("anna", 9), In("anna", 4, chat: "same"), In("anna", 2, chat: "new")]);

        unmended.ShouldBe(["anna"]);
        _rig.Pulls.ShouldBe([Room, "gone"], ignoreOrder: true);
        _rig.Chats.NextPull("gone").ShouldBe(3);
        _rig.Chats.NextPull("gone").ShouldBeNull();
        anna.Connection.Chats.Count.ShouldBe(4);
    }

    [Fact]
    public void A_late_read_does_not_bring_back_a_chat_that_was_left()
    {
        _rig.Connect("anna", In("anna", 5));
        _rig.Deliver(Left(6, "anna"));

        _rig.Chats.Compare(["anna"], [In("anna", 5)]).ShouldBeEmpty();

        _rig.Chats.Count.ShouldBe(0);
    }

    [Fact]
    public void An_abandoned_chat_names_its_members_and_is_dropped()
    {
        var anna = _rig.Connect("anna", In("anna", 5));

        _rig.Chats.Abandon(Room).ShouldBe(["anna"]);

        _rig.Chats.Count.ShouldBe(0);
        anna.Connection.Chats.ShouldBeEmpty();
    }

    [Fact]
    public void A_long_run_is_pushed_whole()
    {
        var late = _rig.Connect("late", In("late", 0, joinedSeq: 50));

        _rig.Deliver([.. Enumerable.Range(1, 150).Select(i => Said(i, i))]);

        late.Got.ShouldBe(Enumerable.Range(1, 150).Select(i => i <= 50 ? $"{i}-" : $"{i}"));
    }
}
