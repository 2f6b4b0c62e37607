using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Sqlite.Users;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Sqlite;

public static class SqliteStorageExtensions
{
    /// <summary>Chats and accounts in one SQLite file that has the schema; options from <see cref="StorageOptions"/>.</summary>
    public static IServiceCollection AddSqliteChatStorage(this IServiceCollection services, string path)
    {
        services.TryAddSingleton(provider => new SqliteDatabase(
            path,
            TimeSpan.FromSeconds(provider.GetRequiredService<IOptions<StorageOptions>>().Value.CommandTimeoutSeconds)
        ));
        services.TryAddSingleton<IChatLog, SqliteChatLog>();
        services.TryAddSingleton<IChatReader, SqliteChatReader>();
        services.TryAddSingleton<IChatLists, SqliteChatLists>();
        services.TryAddSingleton<IMemberStore, SqliteMemberStore>();
        services.TryAddSingleton<IAccountStore, SqliteAccountStore>();
        services.TryAddSingleton<ISessionStore, SqliteSessionStore>();
        services.TryAddSingleton<IInstallationStore, SqliteInstallationStore>();
        return services;
    }
}
