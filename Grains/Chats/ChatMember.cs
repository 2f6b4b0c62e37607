using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/// <summary>A member of an active chat; its cursors only grow.</summary>
internal sealed class ChatMember(MemberRow row)
{
    public string UserId { get; } = row.UserId;
    public string Role { get; set; } = row.Role;
    public DateTimeOffset JoinedAt { get; } = row.JoinedAt;

    /// <summary>As stored; it holds while <c>history</c> is <c>joined</c>.</summary>
    public long JoinedSeq { get; } = row.JoinedSeq;
    public long DeliveredSeq { get; private set; } = row.DeliveredSeq;
    public long ReadSeq { get; private set; } = row.ReadSeq;
    public long ReadOrdinal { get; private set; } = row.ReadOrdinal;

    /// <summary>When it last sent, for slow mode.</summary>
    public DateTimeOffset LastSentAt { get; set; } = DateTimeOffset.MinValue;

    public MemberRow Row =>
        new()
        {
            UserId = UserId,
            Role = Role,
            JoinedAt = JoinedAt,
            JoinedSeq = JoinedSeq,
            DeliveredSeq = DeliveredSeq,
            ReadSeq = ReadSeq,
            ReadOrdinal = ReadOrdinal,
        };

    public Member Wire(bool historyAll) =>
        new()
        {
            UserId = UserId,
            Role = Role,
            JoinedAt = JoinedAt,
            JoinedSeq = historyAll ? 0 : JoinedSeq,
            DeliveredSeq = DeliveredSeq,
            ReadSeq = ReadSeq,
        };

    /// <summary>Moves the cursors forward; false when neither moved.</summary>
    public bool Advance(long delivered, long read, long readOrdinal)
    {
        delivered = Math.Max(delivered, read);
        if (delivered <= DeliveredSeq && read <= ReadSeq)
            return false;
        DeliveredSeq = Math.Max(DeliveredSeq, delivered);
        if (read > ReadSeq)
            (ReadSeq, ReadOrdinal) = (read, Math.Max(ReadOrdinal, readOrdinal));
        return true;
    }
}
