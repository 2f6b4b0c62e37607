using Npgsql;
using NpgsqlTypes;

namespace Orleans.Chat.Storage.PostgreSql;

/// <summary>Typed positional parameters: a null has a type too, and a prepared statement never depends on a value.</summary>
internal static class Parameters
{
    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, string? text) =>
        parameters.Put(text, NpgsqlDbType.Text);

    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, long number) =>
        parameters.Put(number, NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, bool? value) =>
        parameters.Put(value, NpgsqlDbType.Boolean);

    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, DateTimeOffset? at) =>
        parameters.Put(at?.ToUniversalTime(), NpgsqlDbType.TimestampTz);

    public static NpgsqlParameterCollection With(this NpgsqlParameterCollection parameters, byte[] value) =>
        parameters.Put(value, NpgsqlDbType.Bytea);

    public static NpgsqlParameterCollection WithAll(this NpgsqlParameterCollection parameters, IEnumerable<string?> texts) =>
        parameters.Put(texts as string?[] ?? [.. texts], NpgsqlDbType.Array | NpgsqlDbType.Text);

    public static NpgsqlParameterCollection WithAll(this NpgsqlParameterCollection parameters, IEnumerable<long> numbers) =>
        parameters.Put(numbers as long[] ?? [.. numbers], NpgsqlDbType.Array | NpgsqlDbType.Bigint);

    public static NpgsqlParameterCollection WithAll(this NpgsqlParameterCollection parameters, IEnumerable<byte[]> values) =>
        parameters.Put(values as byte[][] ?? [.. values], NpgsqlDbType.Array | NpgsqlDbType.Bytea);

    public static NpgsqlParameterCollection WithAll(this NpgsqlParameterCollection parameters, IEnumerable<DateTimeOffset> times) =>
        parameters.Put(times.Select(t => t.ToUniversalTime()).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    /// <summary>Times in UTC.</summary>
    public static NpgsqlParameterCollection WithAll(this NpgsqlParameterCollection parameters, DateTime[] times) =>
        parameters.Put(times, NpgsqlDbType.Array | NpgsqlDbType.TimestampTz);

    private static NpgsqlParameterCollection Put(this NpgsqlParameterCollection parameters, object? value, NpgsqlDbType type)
    {
        parameters.Add(new NpgsqlParameter { Value = value ?? DBNull.Value, NpgsqlDbType = type });
        return parameters;
    }
}
