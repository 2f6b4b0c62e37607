using CsCheck;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Tests.Chats;

public sealed class StatusTests
{
    private const int Head = 20;

    /// <summary>A member's step: whose cursors move to where, or who leaves.</summary>
    private static readonly Gen<(int Member, int Delivered, int Read, bool Leaves)> Step = Gen.Select(
        Gen.Int[0, 4],
        Gen.Int[0, Head],
        Gen.Int[0, Head],
        Gen.Int[0, 19].Select(n => n == 0)
    );

    [Fact]
    public void A_messages_status_is_what_all_members_but_its_sender_have_reached() =>
        Step.List[1, 40]
            .Sample(steps =>
            {
                var chat = New();
                foreach (var (member, delivered, read, leaves) in steps)
                {
                    if (leaves)
                        chat.Leave($"u{member}");
                    else if (chat.Members.TryGetValue($"u{member}", out var moving))
                        chat.Advance(moving, delivered, read, read);
                    for (var seq = 1; seq <= Head; seq += 5)
                        chat.StatusOf(seq, $"u{seq % 5}").ShouldBe(Expected(chat, seq, $"u{seq % 5}"));
                }
            });

    private static string Expected(ActiveChat chat, long seq, string sender)
    {
        var others = chat.Members.Values.Where(m => m.UserId != sender).ToArray();
        if (others.Length == 0)
            return MessageStatus.Sent;
        return others.All(m => m.ReadSeq >= seq) ? MessageStatus.Read
            : others.All(m => m.DeliveredSeq >= seq) ? MessageStatus.Delivered
            : MessageStatus.Sent;
    }

    private static ActiveChat New()
    {
        var members = Enumerable
            .Range(0, 5)
            .Select(i => new MemberRow
            {
                UserId = $"u{i}",
                Role = Roles.Member,
                JoinedAt = DateTimeOffset.UnixEpoch,
                JoinedSeq = 0,
            });
        var row = new ChatRow
        {
            ChatId = "c",
            Type = ChatTypes.Group,
            Settings = new ChatSettings(),
            CreatedAt = DateTimeOffset.UnixEpoch,
            UpdatedAt = DateTimeOffset.UnixEpoch,
            HeadSeq = Head,
        };
        return new ActiveChat(new OpenChat("c", 1, Head, 1, Head), row, members, new ChatTail(10, 10));
    }
}
