using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
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

[OptionsValidator]
internal sealed partial class StorageOptionsValidator : IValidateOptions<StorageOptions>;
