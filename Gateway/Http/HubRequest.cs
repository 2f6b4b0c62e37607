using Microsoft.AspNetCore.Http.Features;

namespace Orleans.Chat.Gateway.Http;

/* What a request wants of the hub. A connection begins with a negotiation, or with a WebSocket that does without; it is opened by a WebSocket
 * or by server-sent events, whose request then lives as long as it does, or by long polling, whose requests come and go. Routing does not mind the
 * case of a path, so nor does this. */
internal static class HubRequest
{
    public static bool IsForHub(this HttpRequest request) =>
        request.Path.StartsWithSegments(GatewayPaths.Hub, StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether it only agrees on a transport.</summary>
    public static bool Negotiates(this HttpRequest request) =>
        request.Path.Value!.EndsWith("/negotiate", StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether its answer is a whole connection: a WebSocket, over HTTP/1.1 or HTTP/2, or server-sent events.</summary>
    public static bool OpensForGood(this HttpRequest request) =>
        request.HttpContext.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true, Protocol: "websocket" }
        || (
            HttpMethods.IsGet(request.Method)
            && (
                request.Headers.Upgrade.Any(p => "websocket".Equals(p, StringComparison.OrdinalIgnoreCase))
                || request.Headers.Accept.Any(a => a?.Contains("text/event-stream", StringComparison.OrdinalIgnoreCase) == true)
            )
        );

    /// <summary>Whether a connection begins with it; each does once.</summary>
    public static bool BeginsConnection(this HttpRequest request) =>
        request.Negotiates() || (request.OpensForGood() && !request.Query.ContainsKey("id"));
}
