using System.Text.Json;
using System.Text.Unicode;

namespace Orleans.Chat.Check.Histories;

[Flags]
internal enum Field : uint
{
    None = 0,
    T = 1 << 0,
    Type = 1 << 1,
    Client = 1 << 2,
    ChatId = 1 << 3,
    MessageId = 1 << 4,
    UserId = 1 << 5,
    SenderId = 1 << 6,
    Hash = 1 << 7,
    Seq = 1 << 8,
    Revision = 1 << 9,
    Kind = 1 << 10,
    Via = 1 << 11,
    Applied = 1 << 12,
    Code = 1 << 13,
    ReadId = 1 << 14,
    UpToSeq = 1 << 15,
    Which = 1 << 16,
    Change = 1 << 17,
    Name = 1 << 18,
    State = 1 << 19,
    Deleted = 1 << 20,
    System = 1 << 21,
}

/// <summary>The fields of one line as they stand there: only what JSON says is looked at, not whether it makes sense.</summary>
internal ref struct LineFields
{
    public Field Present;
    public long T;
    public long Seq;
    public long Revision;
    public long UpToSeq;
    public ReadOnlySpan<byte> Type;
    public ReadOnlySpan<byte> Client;
    public ReadOnlySpan<byte> ChatId;
    public ReadOnlySpan<byte> MessageId;
    public ReadOnlySpan<byte> UserId;
    public ReadOnlySpan<byte> SenderId;
    public ReadOnlySpan<byte> Hash;
    public ReadOnlySpan<byte> Kind;
    public ReadOnlySpan<byte> Via;
    public ReadOnlySpan<byte> ReadId;
    public ReadOnlySpan<byte> Which;
    public ReadOnlySpan<byte> Change;
    public ReadOnlySpan<byte> State;
    public bool Applied;
    public bool Deleted;
    public bool System;

    public static LineFields Read(ReadOnlySpan<byte> line)
    {
        // The reader looks at a string's bytes only when they are asked for as text, which they are not here.
        if (!Utf8.IsValid(line))
            throw new BadLineException("it is not UTF-8");
        var fields = new LineFields();
        var reader = new Utf8JsonReader(line);
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            throw new BadLineException("it is no JSON object");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldNames.Find(reader.ValueSpan);
            reader.Read();
            if (field == Field.None)
            {
                if (reader.TokenType == JsonTokenType.String)
                    Text(ref reader);
                reader.Skip();
            }
            else if (reader.TokenType != JsonTokenType.Null)
            {
                fields.Set(field, ref reader);
            }
        }
        // Throws when something comes after the object.
        reader.Read();
        return fields;
    }

    /// <summary>Whether it is a JSON value to its end, whatever is in it.</summary>
    public static bool IsWhole(ReadOnlySpan<byte> line)
    {
        var reader = new Utf8JsonReader(line);
        try
        {
            while (reader.Read()) { }
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private void Set(Field field, ref Utf8JsonReader reader)
    {
        if ((Present & field) != Field.None)
            throw new BadLineException($"it has {FieldNames.Of(field)} twice");
        Present |= field;
        if ((field & (Field.T | Field.Seq | Field.Revision | Field.UpToSeq)) != Field.None)
            SetNumber(field, Number(field, ref reader));
        else if ((field & (Field.Applied | Field.Deleted | Field.System)) != Field.None)
            SetFlag(field, Flag(field, ref reader));
        else if (reader.TokenType == JsonTokenType.String)
            SetText(field, Text(ref reader));
        else
            throw new BadLineException($"its {FieldNames.Of(field)} is no string");
    }

    private void SetNumber(Field field, long value)
    {
        switch (field)
        {
            case Field.T:
                T = value;
                break;
            case Field.Seq:
                Seq = value;
                break;
            case Field.Revision:
                Revision = value;
                break;
            default:
                UpToSeq = value;
                break;
        }
    }

    private void SetFlag(Field field, bool value)
    {
        switch (field)
        {
            case Field.Applied:
                Applied = value;
                break;
            case Field.Deleted:
                Deleted = value;
                break;
            default:
                System = value;
                break;
        }
    }

    private void SetText(Field field, ReadOnlySpan<byte> value)
    {
        switch (field)
        {
            case Field.Type:
                Type = value;
                break;
            case Field.Client:
                Client = value;
                break;
            case Field.ChatId:
                ChatId = value;
                break;
            case Field.MessageId:
                MessageId = value;
                break;
            case Field.UserId:
                UserId = value;
                break;
            case Field.SenderId:
                SenderId = value;
                break;
            case Field.Hash:
                Hash = value;
                break;
            case Field.Kind:
                Kind = value;
                break;
            case Field.Via:
                Via = value;
                break;
            case Field.ReadId:
                ReadId = value;
                break;
            case Field.Which:
                Which = value;
                break;
            case Field.Change:
                Change = value;
                break;
            case Field.State:
                State = value;
                break;
            default:
                // A code or a name is for who reads the line.
                break;
        }
    }

    private static long Number(Field field, ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.Number && reader.TryGetInt64(out var value) && value >= 0
            ? value
            : throw new BadLineException($"its {FieldNames.Of(field)} is no whole number from 0 to 2^63");

    private static bool Flag(Field field, ref Utf8JsonReader reader) =>
        reader.TokenType switch
        {
            JsonTokenType.True => true,
            JsonTokenType.False => false,
            _ => throw new BadLineException($"its {FieldNames.Of(field)} is neither true nor false"),
        };

    private static ReadOnlySpan<byte> Text(scoped ref Utf8JsonReader reader)
    {
        if (!reader.ValueIsEscaped)
            return reader.ValueSpan;
        var unescaped = new byte[reader.ValueSpan.Length];
        try
        {
            return unescaped.AsSpan(0, reader.CopyString(unescaped));
        }
        catch (InvalidOperationException)
        {
            throw new BadLineException("a string has half of a surrogate pair");
        }
    }
}
