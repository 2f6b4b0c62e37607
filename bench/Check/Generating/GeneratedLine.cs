using System.Buffers;
using System.Text.Json;

namespace Orleans.Chat.Check.Generating;

/// <summary>A line of a history that is made up; what is null is not written.</summary>
internal sealed record GeneratedLine(long T, string Type, string Client)
{
    public string? ChatId { get; init; }
    public string? MessageId { get; init; }
    public string? UserId { get; init; }
    public string? SenderId { get; init; }
    public string? Hash { get; init; }
    public string? Kind { get; init; }
    public string? Via { get; init; }
    public string? Code { get; init; }
    public string? ReadId { get; init; }
    public string? Which { get; init; }
    public string? Change { get; init; }
    public string? Name { get; init; }
    public string? State { get; init; }
    public long? Seq { get; init; }
    public long? Revision { get; init; }
    public long? UpToSeq { get; init; }
    public bool? Applied { get; init; }
    public bool? Deleted { get; init; }
    public bool? System { get; init; }

    public void Write(Utf8JsonWriter json, IBufferWriter<byte> to)
    {
        json.Reset();
        json.WriteStartObject();
        json.WriteNumber("t"u8, T);
        json.WriteString("type"u8, Type);
        json.WriteString("client"u8, Client);
        Text(json, "chat_id", ChatId);
        Text(json, "message_id", MessageId);
        Text(json, "user_id", UserId);
        Text(json, "sender_id", SenderId);
        Text(json, "hash", Hash);
        Text(json, "kind", Kind);
        Text(json, "via", Via);
        Text(json, "code", Code);
        Text(json, "read_id", ReadId);
        Text(json, "which", Which);
        Text(json, "change", Change);
        Text(json, "name", Name);
        Text(json, "state", State);
        Number(json, "seq", Seq);
        Number(json, "revision", Revision);
        Number(json, "up_to_seq", UpToSeq);
        Flag(json, "applied", Applied);
        Flag(json, "deleted", Deleted);
        Flag(json, "system", System);
        json.WriteEndObject();
        json.Flush();
        to.Write("\n"u8);
    }

    private static void Text(Utf8JsonWriter json, string name, string? value)
    {
        if (value is not null)
            json.WriteString(name, value);
    }

    private static void Number(Utf8JsonWriter json, string name, long? value)
    {
        if (value is { } number)
            json.WriteNumber(name, number);
    }

    private static void Flag(Utf8JsonWriter json, string name, bool? value)
    {
        if (value is { } flag)
            json.WriteBoolean(name, flag);
    }
}
