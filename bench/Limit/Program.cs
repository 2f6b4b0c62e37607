using Orleans.Chat.Limit;

// The bare hub: what SignalR alone does on this machine, with nothing stored, ordered or checked. Every figure of ours is told as a part of its.
// With Silo=<port> each message also goes to a grain that does nothing, in the process that `Limit silo` with the same port is: what the two
// libraries cost before anything of ours is done. With Stored=true as well the grain numbers it, keeps it in the database that `Limit silo` was given,
// and tells the hub of it: what the libraries and the database cost, for a chat that keeps its messages and does nothing else.
if (args is ["silo", ..])
{
    await GrainSilo.RunAsync(args[1..]);
    return;
}
var builder = WebApplication.CreateBuilder(args);
builder.Logging.AddFilter("Microsoft.AspNetCore", LogLevel.Warning);
builder.Services.AddSingleton<Rooms>();
builder
    .Services.AddSignalR(o => o.MaximumParallelInvocationsPerClient = 64)
    .AddMessagePackProtocol()
    .AddJsonProtocol(o => o.PayloadSerializerOptions.PropertyNamingPolicy = System.Text.Json.JsonNamingPolicy.SnakeCaseLower);
var silo = builder.Configuration.GetValue<int?>("Silo");
if (silo is { } port)
    builder.UseOrleansClient(client => client.UseLocalhostClustering(port));
var stored = builder.Configuration.GetValue<bool>("Stored");
if (stored)
    builder.Services.AddSingleton<Deliveries>();
var app = builder.Build();
if (silo is null)
    app.MapHub<BareHub>("/hubs/chat");
else if (stored)
    app.MapHub<StoredHub>("/hubs/chat");
else
    app.MapHub<GrainHub>("/hubs/chat");
await app.RunAsync();
