using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.PostgreSql.Users;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.PostgreSql;

public static class PostgresStorageExtensions
{
    /// <summary>Connections of a silo where the string does not say: each is a process at the server, which does no more with hundreds of them.</summary>
    private const int Connections = 24;

    /// <summary>Seconds that a read waits for one of them, below those that its caller waits: what is late for everybody is not read.</summary>
    private const int Patience = 4;

    /// <summary>
    /// Every statement is short and there are many: to compile one, or to share it among processes, takes longer than to run it. Said when
    /// a connection is made, so it holds after each return to the pool.
    /// </summary>
    private const string Sessions = "-c jit=off -c max_parallel_workers_per_gather=0";

    /// <summary>The chats' storage in PostgreSQL; options from <see cref="StorageOptions"/>.</summary>
    public static IServiceCollection AddPostgresChatStorage(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(provider => DataSource(connectionString, provider.GetService<ILoggerFactory>()));
        services.TryAddSingleton<IChatLog, PostgresChatLog>();
        services.TryAddSingleton<IChatReader, PostgresChatReader>();
        services.TryAddSingleton<IChatLists, PostgresChatLists>();
        services.TryAddSingleton<IMemberStore, PostgresMemberStore>();
        return services;
    }

    /// <summary>Accounts, sessions and what is one for the installation, in the same database as the chats.</summary>
    public static IServiceCollection AddPostgresAccountStorage(this IServiceCollection services, string connectionString)
    {
        services.TryAddSingleton(provider => DataSource(connectionString, provider.GetService<ILoggerFactory>()));
        services.TryAddSingleton<IAccountStore, PostgresAccountStore>();
        services.TryAddSingleton<ISessionStore, PostgresSessionStore>();
        services.TryAddSingleton<IInstallationStore, PostgresInstallationStore>();
        return services;
    }

    internal static NpgsqlDataSource DataSource(string connectionString, ILoggerFactory? logging)
    {
        var settings = new NpgsqlConnectionStringBuilder(connectionString);
        // Every statement is one of a few texts, and a large one: prepared at its second use, planned once.
        if (settings.MaxAutoPrepare == 0)
            (settings.MaxAutoPrepare, settings.AutoPrepareMinUsages) = (64, 2);
        if (!settings.ShouldSerialize("Maximum Pool Size"))
            settings.MaxPoolSize = Math.Max(Connections, settings.MinPoolSize);
        if (!settings.ShouldSerialize("Timeout"))
            settings.Timeout = Patience;
        // The last of two that say the same holds: the connection string's own.
        settings.Options = $"{Sessions} {settings.Options}".TrimEnd();
        // Of several hosts one is chosen for each connection, by what it is: the builder wants to be asked for that, and not told in the string.
        var target = settings.TargetSessionAttributes;
        settings.TargetSessionAttributes = null;
        var builder = new NpgsqlDataSourceBuilder(settings.ConnectionString);
        if (logging is not null)
            builder.UseLoggerFactory(logging);
        return settings.Host?.Contains(',', StringComparison.Ordinal) is true
            ? builder.BuildMultiHost().WithTargetSession(Session(target))
            : builder.Build();
    }

    // A word that is none has stopped the start before: the connection string's own parser knows them.
    private static TargetSessionAttributes Session(string? words) =>
        words is null
            ? TargetSessionAttributes.Any
            : Enum.Parse<TargetSessionAttributes>(words.Replace("-", "", StringComparison.Ordinal), ignoreCase: true);
}
