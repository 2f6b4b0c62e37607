using System.Security.Claims;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Features;
using Microsoft.AspNetCore.SignalR;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.Gateway.Admission;

/* A connection of long polling is no request, so it has its slot from here: the handler runs as long as the connection lives, whatever its
 * transport. It was let through when it negotiated; that there is no slot now is rare, and all that is left then is to end it. */
internal sealed class PolledConnections<THub>(
    Gate gate,
    HubLifetimeManager<THub> lifetimes,
    IHubProtocolResolver protocols,
    IOptions<HubOptions> allHubs,
    IOptions<HubOptions<THub>> hub,
    ILoggerFactory loggers,
    IUserIdProvider userIds,
    IServiceScopeFactory scopes
) : HubConnectionHandler<THub>(lifetimes, protocols, allHubs, hub, loggers, userIds, scopes)
    where THub : Hub
{
    public override async Task OnConnectedAsync(ConnectionContext connection)
    {
        var http = connection.GetHttpContext();
        if (
            connection.Features.Get<IHttpTransportFeature>()?.TransportType != HttpTransportType.LongPolling
            || http?.User.FindFirstValue(ClaimTypes.NameIdentifier) is not { } user
        )
        {
            await base.OnConnectedAsync(connection);
            return;
        }
        if (gate.Open(user, http.Connection.RemoteIpAddress, out var slot) is not null)
            return;
        using (slot)
            await base.OnConnectedAsync(connection);
    }
}
