namespace Orleans.Chat.Check.Histories;

/// <summary>The names of fields on the wire. They are found by length first: a line has ten, and most of its time would go here.</summary>
internal static class FieldNames
{
    public static Field Find(ReadOnlySpan<byte> name) =>
        name.Length switch
        {
            1 => name[0] == 't' ? Field.T : Field.None,
            3 => One(name, "seq"u8, Field.Seq, "via"u8, Field.Via),
            4 => One(name, "type"u8, Field.Type, "hash"u8, Field.Hash)
                | One(name, "kind"u8, Field.Kind, "code"u8, Field.Code)
                | One(name, "name"u8, Field.Name),
            5 => One(name, "which"u8, Field.Which, "state"u8, Field.State),
            6 => One(name, "client"u8, Field.Client, "change"u8, Field.Change) | One(name, "system"u8, Field.System),
            7 => One(name, "chat_id"u8, Field.ChatId, "user_id"u8, Field.UserId)
                | One(name, "applied"u8, Field.Applied, "read_id"u8, Field.ReadId)
                | One(name, "deleted"u8, Field.Deleted),
            8 => One(name, "revision"u8, Field.Revision),
            9 => One(name, "sender_id"u8, Field.SenderId, "up_to_seq"u8, Field.UpToSeq),
            10 => One(name, "message_id"u8, Field.MessageId),
            _ => Field.None,
        };

    /// <summary>As it is written, for whom it is told.</summary>
    public static string Of(Field field) =>
        field switch
        {
            Field.ChatId => "chat_id",
            Field.MessageId => "message_id",
            Field.UserId => "user_id",
            Field.SenderId => "sender_id",
            Field.ReadId => "read_id",
            Field.UpToSeq => "up_to_seq",
            _ => field.ToString().ToLowerInvariant(),
        };

    /// <summary>The first of a set.</summary>
    public static string FirstOf(Field fields) => Of((Field)((uint)fields & (~(uint)fields + 1)));

    private static Field One(ReadOnlySpan<byte> name, ReadOnlySpan<byte> a, Field fieldA) => name.SequenceEqual(a) ? fieldA : Field.None;

    private static Field One(ReadOnlySpan<byte> name, ReadOnlySpan<byte> a, Field fieldA, ReadOnlySpan<byte> b, Field fieldB) =>
        name.SequenceEqual(a) ? fieldA
        : name.SequenceEqual(b) ? fieldB
        : Field.None;
}
