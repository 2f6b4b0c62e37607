using Orleans.Chat.Security;
using Orleans.Chat.Silo;
using Orleans.Chat.Storage;

var builder = WebApplication.CreateBuilder(args);
builder.AddSecrets();
builder.AddChatSilo();
builder.Services.AddChatTelemetry().AddSiloHealth();
var app = builder.Build();

// Orleans reads its queries from the database when it starts: the schema must be there before.
StorageSetup.Migrate(app.Configuration, app.Logger);
app.MapSiloHealth();
await app.RunUntilAskedToEndAsync();
