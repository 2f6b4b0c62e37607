using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Storage.PostgreSql;
using Orleans.Chat.Storage.PostgreSql.Users;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage;

public static class StorageHostingExtensions
{
    public static IServiceCollection AddChatStorage(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddOptions<StorageOptions>().BindConfiguration(StorageOptions.Section).ValidateDataAnnotations().ValidateOnStart();
        services.AddPostgresChatStorage(configuration.GetConnectionString("Postgres")!);
        services.AddSingleton<IAccountStore, PostgresAccountStore>();
        services.AddSingleton<ISessionStore, PostgresSessionStore>();
        services.AddSingleton<IInstallationStore, PostgresInstallationStore>();
        return services;
    }
}
