using Microsoft.Data.Sqlite;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>Times as microseconds since 1970, as precise as PostgreSQL has them.</summary>
internal static class SqliteTime
{
    public static long Write(DateTimeOffset at) => (at.UtcTicks - DateTimeOffset.UnixEpoch.Ticks) / TimeSpan.TicksPerMicrosecond;

    public static DateTimeOffset Time(this SqliteDataReader reader, int at) =>
        DateTimeOffset.UnixEpoch.AddTicks(reader.GetInt64(at) * TimeSpan.TicksPerMicrosecond);

    public static DateTimeOffset? TimeOrNull(this SqliteDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.Time(at);

    public static string? TextOrNull(this SqliteDataReader reader, int at) => reader.IsDBNull(at) ? null : reader.GetString(at);
}
