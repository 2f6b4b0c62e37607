using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/// <summary>How each connection of the hub is written to.</summary>
internal static class HubPorts
{
    /// <summary>The hub's WebSockets get a <see cref="FrameStream"/> under them when the request is upgraded.</summary>
    public static HubEndpointConventionBuilder WritePushesAsFrames(this HubEndpointConventionBuilder hub)
    {
        hub.Add(endpoint =>
        {
            var next = endpoint.RequestDelegate!;
            endpoint.RequestDelegate = context =>
            {
                if (context.Features.Get<IHttpUpgradeFeature>() is { IsUpgradableRequest: true } upgrade)
                    context.Features.Set<IHttpUpgradeFeature>(new FramedUpgrade(upgrade, context.Features));
                return next(context);
            };
        });
        return hub;
    }

    public static IConnectionPort Of(HubConnectionContext connection) =>
        connection.GetHttpContext()?.Features.Get<FrameStream>() is { } frames ? new SocketPort(connection, frames) : new HubPort(connection);

    private sealed class FramedUpgrade(IHttpUpgradeFeature inner, IFeatureCollection features) : IHttpUpgradeFeature
    {
        public bool IsUpgradableRequest => inner.IsUpgradableRequest;

        public async Task<Stream> UpgradeAsync()
        {
            var frames = new FrameStream(await inner.UpgradeAsync());
            features.Set(frames);
            return frames;
        }
    }
}
