namespace Orleans.Chat.Check.Histories;

/// <summary>What the values of <c>type</c>, <c>kind</c>, <c>via</c>, <c>change</c>, <c>which</c> and <c>state</c> mean, and what a line of each type must have.</summary>
internal static class Words
{
    private const Field Chat = Field.ChatId;
    private const Field Message = Field.ChatId | Field.MessageId;

    private static readonly Dictionary<string, (LineType Type, Field Needs)> Types = new(StringComparer.Ordinal)
    {
        ["invoke"] = (LineType.Invoke, Message | Field.UserId | Field.Hash),
        ["ack"] = (LineType.Ack, Message | Field.Seq | Field.Revision),
        ["fail"] = (LineType.Fail, Message | Field.Code),
        ["unknown"] = (LineType.Unknown, Message | Field.Code),
        ["event"] = (LineType.Event, Chat | Field.Revision | Field.Kind | Field.Via),
        ["connect"] = (LineType.Connect, Field.UserId),
        ["disconnect"] = (LineType.Disconnect, Field.UserId),
        ["resume"] = (LineType.Resume, Chat | Field.Revision),
        ["page"] = (LineType.Page, Chat | Field.Revision),
        ["edit"] = (LineType.Edit, Message | Field.Hash),
        ["edit_ack"] = (LineType.EditAck, Message | Field.Revision),
        ["edit_fail"] = (LineType.EditFail, Message),
        ["edit_unknown"] = (LineType.EditUnknown, Message),
        ["delete"] = (LineType.Delete, Message),
        ["delete_ack"] = (LineType.DeleteAck, Message),
        ["delete_fail"] = (LineType.DeleteFail, Message),
        ["delete_unknown"] = (LineType.DeleteUnknown, Message),
        ["read"] = (LineType.Read, Chat | Field.ReadId),
        ["read_end"] = (LineType.ReadEnd, Chat | Field.ReadId | Field.UpToSeq),
        ["cursor"] = (LineType.Cursor, Chat | Field.UserId | Field.Which | Field.Seq),
        ["cursor_set"] = (LineType.CursorSet, Chat | Field.UserId | Field.Which | Field.Seq),
        ["member"] = (LineType.Member, Chat | Field.UserId | Field.Change | Field.Revision | Field.Seq),
        ["member_unknown"] = (LineType.MemberUnknown, Chat | Field.UserId | Field.Change),
        ["presence"] = (LineType.Presence, Field.UserId | Field.State),
        ["presence_set"] = (LineType.PresenceSet, Field.UserId | Field.State),
        ["fault"] = (LineType.Fault, Field.Name | Field.State),
        ["final"] = (LineType.Final, Message | Field.Seq | Field.Revision),
        ["head"] = (LineType.Head, Chat | Field.Seq | Field.Revision),
        ["at_end"] = (LineType.AtEnd, Chat | Field.Revision),
    };

    // Looked up as it stands in the line, without making a string of it.
    private static readonly Dictionary<int, (byte[] Name, LineType Type, Field Needs)[]> TypesByLength = Types
        .GroupBy(t => t.Key.Length)
        .ToDictionary(g => g.Key, g => g.Select(t => (System.Text.Encoding.UTF8.GetBytes(t.Key), t.Value.Type, t.Value.Needs)).ToArray());

    public static (LineType Type, Field Needs) TypeOf(ReadOnlySpan<byte> name)
    {
        if (TypesByLength.TryGetValue(name.Length, out var candidates))
        {
            foreach (var (bytes, type, needs) in candidates)
            {
                if (name.SequenceEqual(bytes))
                    return (type, needs);
            }
        }
        throw new BadLineException("its type is none");
    }

    public static ChangeKind KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("message"u8) ? ChangeKind.Message
        : name.SequenceEqual("edited"u8) ? ChangeKind.Edited
        : name.SequenceEqual("deleted"u8) ? ChangeKind.Deleted
        : name.SequenceEqual("member"u8) ? ChangeKind.Member
        : name.SequenceEqual("other"u8) ? ChangeKind.Other
        : throw new BadLineException("its kind is none");

    public static Via ViaOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual("push"u8) ? Via.Push
        : name.SequenceEqual("changes"u8) ? Via.Changes
        : name.SequenceEqual("history"u8) ? Via.History
        : name.SequenceEqual("sync"u8) ? Via.Sync
        : throw new BadLineException("its via is none");

    public static Word WordOf(LineType type, scoped in LineFields fields) =>
        type switch
        {
            LineType.Member or LineType.MemberUnknown => fields.Change.SequenceEqual("joined"u8) ? Word.Joined
            : fields.Change.SequenceEqual("left"u8) ? Word.Left
            : throw new BadLineException("its change is none"),
            LineType.Cursor or LineType.CursorSet => fields.Which.SequenceEqual("delivered"u8) ? Word.Delivered
            : fields.Which.SequenceEqual("read"u8) ? Word.Read
            : throw new BadLineException("its which is none"),
            LineType.Fault => fields.State.SequenceEqual("begin"u8) ? Word.Begin
            : fields.State.SequenceEqual("end"u8) ? Word.End
            : throw new BadLineException("its state is none"),
            LineType.Presence or LineType.PresenceSet => fields.State.SequenceEqual("offline"u8) ? Word.Offline
            : fields.State.SequenceEqual("invisible"u8) ? Word.Invisible
            : Word.Present,
            _ => Word.None,
        };
}
