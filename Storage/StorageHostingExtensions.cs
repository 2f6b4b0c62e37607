using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Npgsql;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.Sqlite;

namespace Orleans.Chat.Storage;

public static class StorageHostingExtensions
{
    /// <summary>Chats and accounts in the database that <see cref="StorageOptions"/> choose.</summary>
    public static IServiceCollection AddChatStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptionsWithValidateOnStart<StorageOptions, StorageOptionsValidator>().BindConfiguration(StorageOptions.Section);
        var database = StorageSetup.Database(configuration);
        return database.Sqlite
            ? services.AddSqliteChatStorage(database.Place)
            : services.AddPostgresChatStorage(database.Place).AddPostgresAccountStorage(database.Place);
    }
}

/// <summary>What must be done with the database before a host starts, and where it is.</summary>
public static class StorageSetup
{
    private const string FileName = "chat.db";

    /// <summary>Brings the database to this version's schema. Orleans reads its statements from it when a silo starts, so before that.</summary>
    public static void Migrate(IConfiguration configuration, ILogger? logger = null)
    {
        var database = Database(configuration);
        if (database.Sqlite)
            Migrations.UpgradeSqlite(database.Place, logger);
        else
            Migrations.UpgradePostgres(database.Place, logger);
    }

    /// <summary>
    /// For Microsoft.Orleans.Persistence.AdoNet. It knows SQLite by no other name than System.Data.SQLite, under which it loads
    /// Microsoft.Data.Sqlite.
    /// </summary>
    public static (string Invariant, string ConnectionString) AdoNet(IConfiguration configuration)
    {
        var database = Database(configuration);
        return database.Sqlite
            ? ("System.Data.SQLite", SqliteDatabase.ConnectionString(database.Place, TimeSpan.FromSeconds(30)))
            : ("Npgsql", database.Place);
    }

    /// <summary>A file, or a connection string.</summary>
    internal static (bool Sqlite, string Place) Database(IConfiguration configuration)
    {
        var options = configuration.GetSection(StorageOptions.Section).Get<StorageOptions>() ?? new StorageOptions();
        if (string.Equals(options.Provider, "Sqlite", StringComparison.Ordinal))
            return (true, Path.Combine(Path.GetFullPath(options.DataDirectory), FileName));
        if (configuration.GetConnectionString("Postgres") is not { Length: > 0 } postgres)
            throw new ValidationException("ConnectionStrings:Postgres is not set, and Storage:Provider is not Sqlite.");
        return IsReadable(postgres)
            ? (false, postgres)
            : throw new ValidationException(
                "ConnectionStrings:Postgres is no connection string of Npgsql: Host=…;Option=value;… with quotes around a value that has a semicolon."
            );
    }

    // What the parser says is not passed on: it has the word that it did not understand, which may be a part of the password.
    private static bool IsReadable(string connectionString)
    {
        try
        {
            _ = new NpgsqlConnectionStringBuilder(connectionString);
            return true;
        }
        catch (Exception e) when (e is ArgumentException or FormatException or OverflowException)
        {
            return false;
        }
    }
}

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
