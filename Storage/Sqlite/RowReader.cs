using System.Text.Json;
using Microsoft.Data.Sqlite;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Rows from the columns of <see cref="RowSql"/>, beginning at an ordinal.</summary>
internal static class RowReader
{
    public const int ChatColumns = 11;
    public const int MemberColumns = 7;

    public static ChatRow Chat(SqliteDataReader reader, int at) =>
        new()
        {
            ChatId = reader.GetString(at),
            Type = reader.GetString(at + 1),
            Name = reader.TextOrNull(at + 2),
            Metadata = reader.TextOrNull(at + 3),
            Settings = JsonSerializer.Deserialize<ChatSettings>(reader.GetString(at + 4), ProtocolJson.Options)!,
            CreatedAt = reader.Time(at + 5),
            UpdatedAt = reader.Time(at + 6),
            Revision = reader.GetInt64(at + 7),
            HeadSeq = reader.GetInt64(at + 8),
            Ordinal = reader.GetInt64(at + 9),
            MemberCount = reader.GetInt32(at + 10),
        };

    public static MemberRow Member(SqliteDataReader reader, int at) =>
        new()
        {
            UserId = reader.GetString(at),
            Role = reader.GetString(at + 1),
            JoinedAt = reader.Time(at + 2),
            JoinedSeq = reader.GetInt64(at + 3),
            DeliveredSeq = reader.GetInt64(at + 4),
            ReadSeq = reader.GetInt64(at + 5),
            ReadOrdinal = reader.GetInt64(at + 6),
        };

    public static MessageRow Message(SqliteDataReader reader, int at) =>
        new()
        {
            ChatId = reader.GetString(at),
            Seq = reader.GetInt64(at + 1),
            MessageId = reader.GetString(at + 2),
            SenderId = reader.GetString(at + 3),
            Type = reader.GetString(at + 4),
            Content = reader.GetString(at + 5),
            Metadata = reader.TextOrNull(at + 6),
            Revision = reader.GetInt64(at + 7),
            Ordinal = reader.GetInt64(at + 8),
            Fingerprint = reader.GetFieldValue<byte[]>(at + 9),
            CreatedAt = reader.Time(at + 10),
            UpdatedAt = reader.Time(at + 11),
            EditedAt = reader.TimeOrNull(at + 12),
            DeletedAt = reader.TimeOrNull(at + 13),
            Reactions = ReactionGroups.Of(Pairs(reader.GetString(at + 14))),
        };

    /// <summary>muted_until, pinned, draft.</summary>
    public static Preferences Preferences(SqliteDataReader reader, int at) =>
        new()
        {
            MutedUntil = reader.TimeOrNull(at),
            Pinned = reader.IsDBNull(at + 1) ? null : reader.GetBoolean(at + 1),
            Draft = reader.TextOrNull(at + 2),
        };

    public static string[] Texts(SqliteDataReader reader, int at) => JsonSerializer.Deserialize<string[]>(reader.GetString(at))!;

    private static IEnumerable<(string User, string Emoji)> Pairs(string json) =>
        json is "[]" ? [] : JsonSerializer.Deserialize<string[][]>(json)!.Select(pair => (pair[0], pair[1]));
}
