using System.Text.Json;
using Npgsql;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>Rows from the columns of <see cref="RowSql"/>, beginning at an ordinal.</summary>
internal static class RowReader
{
    public const int ChatColumns = 11;
    public const int MemberColumns = 7;

    public static ChatRow Chat(NpgsqlDataReader reader, int at) =>
        new()
        {
            ChatId = reader.GetString(at),
            Type = reader.GetString(at + 1),
            Name = Text(reader, at + 2),
            Metadata = Text(reader, at + 3),
            Settings = JsonSerializer.Deserialize<ChatSettings>(reader.GetString(at + 4), ProtocolJson.Options)!,
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(at + 5),
            UpdatedAt = reader.GetFieldValue<DateTimeOffset>(at + 6),
            Revision = reader.GetInt64(at + 7),
            HeadSeq = reader.GetInt64(at + 8),
            Ordinal = reader.GetInt64(at + 9),
            MemberCount = reader.GetInt32(at + 10),
        };

    public static MemberRow Member(NpgsqlDataReader reader, int at) =>
        new()
        {
            UserId = reader.GetString(at),
            Role = reader.GetString(at + 1),
            JoinedAt = reader.GetFieldValue<DateTimeOffset>(at + 2),
            JoinedSeq = reader.GetInt64(at + 3),
            DeliveredSeq = reader.GetInt64(at + 4),
            ReadSeq = reader.GetInt64(at + 5),
            ReadOrdinal = reader.GetInt64(at + 6),
        };

    public static MessageRow Message(NpgsqlDataReader reader, int at) =>
        new()
        {
            ChatId = reader.GetString(at),
            Seq = reader.GetInt64(at + 1),
            MessageId = reader.GetString(at + 2),
            SenderId = reader.GetString(at + 3),
            Type = reader.GetString(at + 4),
            Content = reader.GetString(at + 5),
            Metadata = Text(reader, at + 6),
            Revision = reader.GetInt64(at + 7),
            Ordinal = reader.GetInt64(at + 8),
            Fingerprint = reader.GetFieldValue<byte[]>(at + 9),
            CreatedAt = reader.GetFieldValue<DateTimeOffset>(at + 10),
            UpdatedAt = reader.GetFieldValue<DateTimeOffset>(at + 11),
            EditedAt = Time(reader, at + 12),
            DeletedAt = Time(reader, at + 13),
            Reactions = ReactionGroups.Of(reader.GetFieldValue<string[]>(at + 14).Select(Pair)),
        };

    /// <summary>muted_until, pinned, draft.</summary>
    public static Preferences Preferences(NpgsqlDataReader reader, int at) =>
        new()
        {
            MutedUntil = Time(reader, at),
            Pinned = reader.IsDBNull(at + 1) ? null : reader.GetBoolean(at + 1),
            Draft = Text(reader, at + 2),
        };

    public static string? Text(NpgsqlDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);

    public static DateTimeOffset? Time(NpgsqlDataReader reader, int at) =>
        reader.IsDBNull(at) ? null : reader.GetFieldValue<DateTimeOffset>(at);

    /// <summary>Each "user, line feed, emoji"; an id has no line feed.</summary>
    private static (string User, string Emoji) Pair(string row)
    {
        var end = row.IndexOf('\n', StringComparison.Ordinal);
        return (row[..end], row[(end + 1)..]);
    }
}
