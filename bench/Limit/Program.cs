using Orleans.Chat.Limit;

// The bare hub: what SignalR alone does on this machine, with nothing stored, ordered or checked. Every figure of ours is told as a part of its.
var builder = WebApplication.CreateBuilder(args);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton<Rooms>();
builder
    .Services.AddSignalR(o => o.MaximumParallelInvocationsPerClient = 64)
    .AddMessagePackProtocol()
    .AddJsonProtocol(o => o.PayloadSerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
var app = builder.Build();
app.MapHub<BareHub>("/hubs/chat");
await app.RunAsync();
