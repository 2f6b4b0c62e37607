using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>Catching up, and what the server is set to.</summary>
internal static class SyncEndpoints
{
    public static void MapSync(this RouteGroupBuilder api)
    {
        api.MapPost(
                "/sync",
                (HttpContext http, SyncRequests requests) =>
                    http.BodyAsync(body => requests.SyncAsync(http.Caller(), body).AnswerAsync(), absent: new SyncRequest())
            )
            .WithTags("Sync")
            .Takes<SyncRequest>()
            .Gives<SyncPage>()
            .WithSummary("The caller's chats that changed after a token.");
        api.MapGet(
                "/chats/{chat_id}/changes",
                (HttpContext http, SyncRequests requests) =>
                {
                    var query = new Query(http);
                    var request = new GetChanges
                    {
                        ChatId = http.Id("chat_id"),
                        AfterRevision = query.Long("after_revision"),
                        Limit = query.Int("limit"),
                    };
                    return requests.ChangesAsync(http.Caller(), query.Errors, request).AnswerAsync();
                }
            )
            .WithTags("Sync")
            .Gives<ChangesPage>()
            .Queries("after_revision", "limit")
            .WithSummary("A chat's durable events after a revision.");
        api.MapGet("/config", (ServerConfig config) => TypedResults.Json(config, ProtocolJson.Options))
            .AllowAnonymous()
            .WithTags("Server")
            .Gives<ServerConfig>()
            .WithSummary("Limits and features.");
    }
}
