using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;

namespace Orleans.Chat.Storage;

public static class StorageSetup
{
    public static void Migrate(IConfiguration configuration, ILogger logger) =>
        Migrations.UpgradePostgres(configuration.GetConnectionString("Postgres")!, logger);

    public static (string Invariant, string Connection) AdoNet(IConfiguration configuration) =>
        ("Npgsql", configuration.GetConnectionString("Postgres")!);
}
