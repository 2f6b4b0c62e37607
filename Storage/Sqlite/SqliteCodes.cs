using Microsoft.Data.Sqlite;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Sqlite;

/// <summary>SQLite's primary result codes, and what they say of a batch.</summary>
internal static class SqliteCodes
{
    public const int IoError = 10;

    private const int Busy = 5;
    private const int Locked = 6;
    private const int NoMemory = 7;
    private const int ReadOnly = 8;
    private const int Corrupt = 11;
    private const int Full = 13;
    private const int CannotOpen = 14;
    private const int TooBig = 18;
    private const int Constraint = 19;
    private const int NotADatabase = 26;

    /// <summary>Nothing was written. What is no fault of the environment is one of a row; SQLSTATEs as PostgreSQL has them.</summary>
    public static BatchOutcome Classify(SqliteException e) =>
        e.SqliteErrorCode switch
        {
            Busy or Locked or NoMemory or ReadOnly or IoError or Corrupt or Full or CannotOpen or NotADatabase =>
                new BatchOutcome.Unavailable(),
            Constraint => new BatchOutcome.Refused("23514"),
            TooBig => new BatchOutcome.Refused("54000"),
            _ => new BatchOutcome.Refused("22000"),
        };
}
