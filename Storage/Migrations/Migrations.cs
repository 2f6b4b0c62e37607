using System.Reflection;
using System.Security.Cryptography;
using DbUp;
using DbUp.Engine;
using DbUp.Engine.Output;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Chat.Storage.Sqlite;

namespace Orleans.Chat.Storage;

/// <summary>
/// Brings a database to this version's schema: the scripts of <c>Storage/Migrations</c> in the order of their names, each in its own
/// transaction. A script that was released is never changed. Several processes may start at once.
/// </summary>
public static partial class Migrations
{
    /// <summary>Any number that nothing else in the database locks.</summary>
    private const long LockKey = 0x4F43_4D49_4752;

    /// <summary>Throws what the failing script threw; those before it stay applied.</summary>
    /// <exception cref="InvalidOperationException">The database cannot be reached, or is not who it is to be; the message says which and why.</exception>
    public static void UpgradePostgres(string connectionString, ILogger? logger = null)
    {
        // The lock is of the session: it goes when this connection goes, however this process ends. Unpooled, so that it goes at once.
        var settings = new NpgsqlConnectionStringBuilder(connectionString) { Pooling = false };
        using var guard = new NpgsqlConnection(settings.ConnectionString);
        Open(guard, settings);
        using var locking = new NpgsqlCommand($"SELECT pg_advisory_lock({LockKey})", guard) { CommandTimeout = 0 };
        locking.ExecuteNonQuery();

        var engine = DeployChanges
            .To.PostgresqlDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".PostgreSql.", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .LogTo(new UpgradeLog(logger))
            .Build();
        ThrowIfFailed(engine.PerformUpgrade());
    }

    /// <summary>As for PostgreSQL, by the one process that has the file; makes it and its folder where there are none.</summary>
    public static void UpgradeSqlite(string path, ILogger? logger = null)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        var connectionString = SqliteDatabase.ConnectionString(path, TimeSpan.FromSeconds(30));
        // Kept in the file: who opens it without asking for it, as Orleans does, has the write-ahead log too.
        new SqliteSession(connectionString, "PRAGMA journal_mode = WAL").Dispose();
        var engine = DeployChanges
            .To.SqliteDatabase(connectionString)
            .WithScriptsEmbeddedInAssembly(Assembly.GetExecutingAssembly(), name => name.Contains(".Sqlite.", StringComparison.Ordinal))
            .WithVariablesDisabled()
            .WithTransactionPerScript()
            .LogTo(new UpgradeLog(logger))
            .Build();
        ThrowIfFailed(engine.PerformUpgrade());
    }

    // The first connection of a silo: what is wrong with the way to the database is told here.
    private static void Open(NpgsqlConnection connection, NpgsqlConnectionStringBuilder settings)
    {
        try
        {
            connection.Open();
        }
        catch (Exception e) when (e is NpgsqlException or IOException or CryptographicException)
        {
            var reasons = new List<string>();
            for (Exception? reason = e; reason is not null; reason = reason.InnerException)
                reasons.Add(reason.Message);
            throw new InvalidOperationException(
                $"PostgreSQL at {settings.Host}:{settings.Port} (ConnectionStrings:Postgres) cannot be used: {string.Join(" ", reasons)}",
                e
            );
        }
    }

    private static void ThrowIfFailed(DatabaseUpgradeResult result)
    {
        if (!result.Successful)
            throw new InvalidOperationException($"Migration {result.ErrorScript?.Name} failed: {result.Error.Message}", result.Error);
    }

    private sealed partial class UpgradeLog(ILogger? logger) : IUpgradeLog
    {
        public void LogTrace(string format, params object[] args) { }

        public void LogDebug(string format, params object[] args) { }

        public void LogInformation(string format, params object[] args) => Write(LogLevel.Information, format, args);

        public void LogWarning(string format, params object[] args) => Write(LogLevel.Warning, format, args);

        public void LogError(string format, params object[] args) => Write(LogLevel.Error, format, args);

        public void LogError(Exception ex, string format, params object[] args) => Write(LogLevel.Error, format, args);

        private void Write(LogLevel level, string format, object[] args)
        {
            if (logger is null || !logger.IsEnabled(level))
                return;
            var text = string.Format(System.Globalization.CultureInfo.InvariantCulture, format, args);
            Step(logger, level, text);
        }

        [LoggerMessage(EventId = 300, Message = "Migration: {Text}")]
        private static partial void Step(ILogger logger, LogLevel level, string text);
    }
}
