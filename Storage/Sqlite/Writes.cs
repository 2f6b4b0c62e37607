namespace Orleans.Chat.Storage.Sqlite;

/// <summary>The numbers of writes that somebody may synchronise to; see the script of <c>writes</c>.</summary>
internal static class Writes
{
    private const string Step = "UPDATE writes SET last = last + 1 RETURNING last";
    private const string Get = "SELECT last FROM writes";

    public static long Next(SqliteSession session) => session.First(Step, r => r.GetInt64(0));

    public static long Last(SqliteSession session) => session.First(Get, r => r.GetInt64(0));
}
