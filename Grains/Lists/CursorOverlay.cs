using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Lists;

/// <summary>
/// Cursors that a user acknowledged and the store may not have yet, laid over rows. Cursors only grow, so the higher of two is the truth; and they
/// stop at the head of the row, which may have been read before the cursor.
/// </summary>
internal static class CursorOverlay
{
    public static ChatListRow Lay(ChatListRow row, Cursor? cursor)
    {
        if (row.Member is not { } member || cursor is null)
            return row;
        var (readSeq, readOrdinal) =
            cursor.ReadSeq > member.ReadSeq ? (cursor.ReadSeq, cursor.ReadOrdinal) : (member.ReadSeq, member.ReadOrdinal);
        var delivered = Math.Max(Math.Max(member.DeliveredSeq, cursor.DeliveredSeq), readSeq);
        return row with
        {
            Member = member with
            {
                DeliveredSeq = Math.Min(delivered, row.Chat.HeadSeq),
                ReadSeq = Math.Min(readSeq, row.Chat.HeadSeq),
                ReadOrdinal = Math.Min(readOrdinal, row.Chat.Ordinal),
            },
        };
    }
}
