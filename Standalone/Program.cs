using Orleans.Chat.Gateway;
using Orleans.Chat.Security;
using Orleans.Chat.Silo;
using Orleans.Chat.Storage;

// Silo and gateway in one process over one file: a cluster of one, with nothing to install.
var builder = WebApplication.CreateBuilder(args);
builder.AddSecrets();
builder.Configuration.AddInMemoryCollection(
    new Dictionary<string, string?>
    {
        ["Storage:Provider"] = builder.Configuration["Storage:Provider"] ?? "Sqlite",
        ["Cluster:Membership"] = "Localhost",
        ["Cluster:SiloPort"] = "0",
        ["Cluster:GatewayPort"] = "0",
    }
);
builder.AddChatSilo();
builder.AddChatGateway();
var app = builder.Build();
StorageSetup.Migrate(app.Configuration, app.Logger);
app.MapChatGateway();
await app.RunUntilAskedToEndAsync();
