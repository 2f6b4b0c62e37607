using Orleans.Chat.Gateway;

var builder = WebApplication.CreateBuilder(args);
builder.AddChatGatewayClient();
builder.AddChatGateway();
var app = builder.Build();
app.MapChatGateway();
await app.RunAsync();
