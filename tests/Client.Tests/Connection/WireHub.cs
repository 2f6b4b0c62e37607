using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Orleans.Chat.Protocol;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Client.Tests.Connection;

#pragma warning disable CA1822 // A hub's methods are its instances'.

/// <summary>A real hub on a real socket that keeps the contract's shapes and nothing else: what the transport alone must get right.</summary>
internal sealed class WireHub : Hub
{
    public static async Task<WebApplication> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrel().UseUrls("http://127.0.0.1:0");
        builder
            .Services.AddSignalR(hub => hub.MaximumReceiveMessageSize = 64 * 1024)
            .AddJsonProtocol(json => ProtocolJson.Configure(json.PayloadSerializerOptions))
            .AddChatMessagePackProtocol();
        var app = builder.Build();
        app.Use(
            (context, next) =>
            {
                if (context.Request.Headers.Authorization != "Bearer good")
                {
                    context.Response.StatusCode = 401;
                    return Task.CompletedTask;
                }
                return next(context);
            }
        );
        app.MapPost("/api/v1/messages", static () => Results.Text("{\"code\":\"too_large\"}", "application/problem+json", statusCode: 413));
        app.MapHub<WireHub>("/hubs/chat");
        await app.StartAsync(TestContext.Current.CancellationToken);
        return app;
    }

    public override Task OnConnectedAsync() =>
        Clients.Caller.SendAsync(
            "Events",
            new object[]
            {
                new
                {
                    type = "hello",
                    server_time = "2024-03-20T10:00:00.000Z",
                    session_id = "s",
                    limits = new
                    {
                        max_content_length = 1,
                        max_body_bytes = 1,
                        max_metadata_bytes = 1,
                        max_page_size = 1,
                        max_members_at_creation = 1,
                        max_watched_users = 1,
                    },
                    features = new[] { "x" },
                    history_id = "h",
                },
            }
                .Select(pushed => System.Text.Json.JsonSerializer.SerializeToElement(pushed))
                .Append(System.Text.Json.JsonElement.Parse("""{"type":"hologram","chat_id":"c","revision":1}"""))
                .ToArray(),
            Context.ConnectionAborted
        );

    public SentMessage SendMessage(SendMessage message) =>
        message.Content switch
        {
            "refuse" => throw new HubException("""{"code":"forbidden","detail":"no","status":403}"""),
            "break" => Abort(message),
            _ => TestData.Sent(message, 7) with { Revision = message.Metadata?.Json.Length ?? 0 },
        };

    public SyncPage Sync(SyncRequest request) =>
        new()
        {
            Chats = [TestData.Chat("c", 2)],
            RemovedChatIds = [],
            Hidden = [],
            Next = (request.Since ?? "") + "+",
            HasMore = false,
        };

    public ChangesPage GetChanges(GetChanges ask) =>
        new()
        {
            Changes = [TestData.Created(ask.ChatId!, 1, 2)],
            Revision = 2,
            HasMore = false,
        };

    public Pong Ping() => new(DateTimeOffset.UnixEpoch);

    public void SetPresence(SetPresence presence) => presence.Status.ShouldNotBeNull();

    public Task Acknowledge(Acknowledge[] cursors)
    {
        ChatEvent[] events = [new ReceiptEvent("me", cursors[0].DeliveredSeq!.Value, 0) { ChatId = "c" }];
        return Clients.Caller.SendAsync("Events", events, Context.ConnectionAborted);
    }

    private SentMessage Abort(SendMessage message)
    {
        Context.Abort();
        return TestData.Sent(message, 0);
    }
}
