using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Lists;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Lists;

public sealed class ChatViewsTests
{
    [Fact]
    public void A_member_sees_its_own_fields()
    {
        var last = ChatViews.For(ChatRows.Message("c", 10), MessageStatus.Read);
        var preferences = new Preferences
        {
            Pinned = true,
            MutedUntil = ChatRows.At,
            Draft = "d",
        };

        var view = ChatViews.For(ChatRows.Chat("c"), ChatRows.Member("alice"), 2, preferences, last);

        view.Role.ShouldBe(Roles.Member);
        view.JoinedSeq.ShouldBe(2);
        view.UnreadCount.ShouldBe(5);
        view.MentionCount.ShouldBe(2);
        view.DeliveredSeq.ShouldBe(5);
        view.ReadSeq.ShouldBe(4);
        (view.Pinned, view.MutedUntil, view.Draft).ShouldBe((true, ChatRows.At, "d"));
        view.LastMessage!.Status.ShouldBe(MessageStatus.Read);
        view.LastMessage.Metadata!.Json.ShouldBe("""{"a":1}""");
    }

    [Fact]
    public void Who_is_no_member_sees_nothing_from_role_on()
    {
        var view = ChatViews.For(
            ChatRows.Chat("c"),
            null,
            2,
            new Preferences { Pinned = true },
            ChatViews.For(ChatRows.Message("c", 1), MessageStatus.Sent)
        );

        view.MemberCount.ShouldBe(2);
        new object?[]
        {
            view.Role,
            view.JoinedSeq,
            view.UnreadCount,
            view.MentionCount,
            view.DeliveredSeq,
            view.ReadSeq,
            view.Pinned,
            view.MutedUntil,
            view.Draft,
            view.LastMessage,
        }.ShouldAllBe(v => v == null);
    }

    [Theory]
    [InlineData(ChatTypes.Group, null, 2)]
    [InlineData(ChatTypes.Channel, null, 0)]
    [InlineData(ChatTypes.Group, SettingValues.HistoryAll, 0)]
    [InlineData(ChatTypes.Channel, SettingValues.HistoryJoined, 2)]
    public void Joined_seq_is_0_where_history_is_all(string type, string? history, long joined) =>
        ChatViews.For(ChatRows.Chat("c", type: type, history: history), ChatRows.Member("a"), 0, null, null).JoinedSeq.ShouldBe(joined);

    [Fact]
    public void Unread_is_never_negative() =>
        ChatViews.For(ChatRows.Chat("c", ordinal: 2), ChatRows.Member("a", readOrdinal: 3), 0, null, null).UnreadCount.ShouldBe(0);

    [Theory]
    [InlineData(7, 6, 5, 7, 6, 5)]
    [InlineData(3, 2, 1, 5, 4, 3)]
    [InlineData(9, 3, 2, 9, 4, 3)]
    [InlineData(1, 8, 7, 8, 8, 7)]
    [InlineData(99, 99, 99, 10, 10, 8)]
    public void The_higher_cursor_holds(long delivered, long read, long ordinal, long thenDelivered, long thenRead, long thenOrdinal)
    {
        var laid = CursorOverlay.Lay(ChatRows.Row("c", "a"), new Cursor("c", delivered, read, ordinal)).Member!;

        (laid.DeliveredSeq, laid.ReadSeq, laid.ReadOrdinal).ShouldBe((thenDelivered, thenRead, thenOrdinal));
    }
}
