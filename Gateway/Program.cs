using Orleans.Chat.Gateway;
using Orleans.Chat.Security;

var builder = WebApplication.CreateBuilder(args);
builder.AddSecrets();
builder.AddChatGatewayClient();
builder.AddChatGateway();
var app = builder.Build();
app.MapChatGateway();
await app.RunUntilAskedToEndAsync();
