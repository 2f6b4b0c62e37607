using System.IO.Pipelines;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Gateway.Transports;

/// <summary>How each connection of the hub is written to.</summary>
internal static class HubPorts
{
    /// <summary>The hub's WebSockets get a <see cref="FrameStream"/> under them when the request is upgraded.</summary>
    public static HubEndpointConventionBuilder WriteFrames(this HubEndpointConventionBuilder hub)
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

    /// <summary>
    /// From here on all that is written to a WebSocket goes to its stream as frames; the hub protocol's handshake went the other way, and the
    /// stream waits for it.
    /// </summary>
    public static void Attach(HubConnectionContext connection)
    {
        if (Frames(connection) is not { } frames || connection.Features.Get<IConnectionTransportFeature>() is not { } transport)
            return;
        var text = connection.Protocol.TransferFormat == TransferFormat.Text;
        transport.Transport = new DuplexPipe(transport.Transport.Input, new FrameWriter(transport.Transport.Output, frames, text));
    }

    public static IConnectionPort Of(HubConnectionContext connection) =>
        Frames(connection) is { } frames ? new SocketPort(connection, frames) : new HubPort(connection);

    private static FrameStream? Frames(HubConnectionContext connection) => connection.GetHttpContext()?.Features.Get<FrameStream>();

    private sealed class DuplexPipe(PipeReader input, PipeWriter output) : IDuplexPipe
    {
        public PipeReader Input => input;

        public PipeWriter Output => output;
    }

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
