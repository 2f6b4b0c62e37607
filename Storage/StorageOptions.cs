using System.ComponentModel.DataAnnotations;

namespace Orleans.Chat.Storage;

/// <summary>Which database. Section: <c>Storage</c>.</summary>
public sealed class StorageOptions
{
    public const string Section = "Storage";

    /// <summary><c>Postgres</c> (connection string <c>ConnectionStrings:Postgres</c>) or <c>Sqlite</c> (a file in <see cref="DataDirectory"/>).</summary>
    [RegularExpression("^(Postgres|Sqlite)$")]
    public string Provider { get; set; } = "Postgres";

    /// <summary>The folder of the embedded database and of uploaded files.</summary>
    public string DataDirectory { get; set; } = "data";

    /// <summary>Writer connections of the group commit per silo. Default 2: measured, more bring nothing on small machines.</summary>
    [Range(1, 16)]
    public int Writers { get; set; } = 2;

    /// <summary>Changes that may wait in one writer's queue. Default 4,096, a fraction of a second's work; more answers <c>overloaded</c>.</summary>
    [Range(16, 1_000_000)]
    public int WriterQueue { get; set; } = 4_096;

    /// <summary>The largest number of changes in one commit. Default 512.</summary>
    [Range(1, 10_000)]
    public int MaxBatch { get; set; } = 512;

    /// <summary>Seconds after which a commit's outcome is unknown. Default 5.</summary>
    [Range(1, 300)]
    public int CommandTimeoutSeconds { get; set; } = 5;
}
