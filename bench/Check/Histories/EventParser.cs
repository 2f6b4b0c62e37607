using System.IO.Hashing;
using System.Text.Json;

namespace Orleans.Chat.Check.Histories;

/// <summary>From the bytes of a line to an event. One for all files: an id is the same number in each.</summary>
internal sealed class EventParser
{
    private readonly NameTable _messages = new(keepTexts: false);

    public NameTable Chats { get; } = new(keepTexts: true);
    public NameTable Clients { get; } = new(keepTexts: true);
    public NameTable Users { get; } = new(keepTexts: true);

    /// <exception cref="BadLineException">It is no line of a history.</exception>
    public HistoryEvent Parse(ReadOnlySpan<byte> line, LinePlace place)
    {
        LineFields fields;
        try
        {
            fields = LineFields.Read(line);
        }
        catch (JsonException bad)
        {
            throw new BadLineException($"it is no JSON at byte {bad.BytePositionInLine}");
        }
        Need(fields.Present, Field.T | Field.Type | Field.Client);
        var (type, needs) = Words.TypeOf(fields.Type);
        Need(fields.Present, needs);
        var parsed = new HistoryEvent
        {
            T = fields.T,
            Place = place,
            Type = type,
            Seq = type == LineType.ReadEnd ? fields.UpToSeq : fields.Seq,
            Revision = fields.Revision,
            Hash = HashOf(fields.Hash),
            ReadId = HashOf(fields.ReadId),
            Client = Clients.Number(fields.Client),
            Chat = HistoryEvent.None,
            Message = HistoryEvent.None,
            User = HistoryEvent.None,
            Word = Words.WordOf(type, fields),
            Applied = fields.Applied,
            Deleted = fields.Deleted,
            System = fields.System,
        };
        if ((fields.Present & Field.ChatId) != Field.None)
        {
            parsed.Chat = Chats.Number(fields.ChatId);
            if ((fields.Present & Field.MessageId) != Field.None)
                parsed.Message = _messages.Number(fields.MessageId, parsed.Chat);
        }
        var user = (fields.Present & Field.SenderId) != Field.None ? fields.SenderId : fields.UserId;
        if (!user.IsEmpty)
            parsed.User = Users.Number(user);
        if (type == LineType.Event)
            Detail(ref parsed, fields);
        if (type is LineType.Ack or LineType.Final && (parsed.Seq == 0 || parsed.Revision == 0))
            throw new BadLineException("it has a seq or a revision of 0");
        if (type == LineType.Final && !parsed.Deleted)
            Need(fields.Present, Field.Hash);
        return parsed;
    }

    private static void Detail(ref HistoryEvent e, scoped in LineFields fields)
    {
        e.Kind = Words.KindOf(fields.Kind);
        e.Via = Words.ViaOf(fields.Via);
        if (e.Via is Via.Push or Via.Changes)
            Need(fields.Present, Field.Applied);
        if (e.Kind is ChangeKind.Message or ChangeKind.Edited or ChangeKind.Deleted)
            Need(fields.Present, Field.Seq | Field.MessageId);
        else
            e.Message = HistoryEvent.None;
        if (e.Revision == 0 || (e.Message >= 0 && e.Seq == 0))
            throw new BadLineException("it has a seq or a revision of 0");
    }

    private static void Need(Field present, Field needs)
    {
        if ((needs & ~present) is var missing and not Field.None)
            throw new BadLineException($"it has no {FieldNames.FirstOf(missing)}");
    }

    // 0 is for none.
    private static ulong HashOf(ReadOnlySpan<byte> text) => text.IsEmpty ? 0 : XxHash3.HashToUInt64(text) | 1;
}
