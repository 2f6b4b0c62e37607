using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.Extensions.Options;
using IPNetwork = System.Net.IPNetwork;

namespace Orleans.Chat.Gateway.Http;

/* Behind a proxy every client has the proxy's address, and the proxy says in X-Forwarded-For whose it is. Anybody can write that field, so it
 * counts only where a proxy that is configured wrote it: it is read from its end, for as long as the one who wrote is known. */
internal static class ForwardedClients
{
    public const string Field = "X-Forwarded-For";

    public static IApplicationBuilder UseForwardedClients(this IApplicationBuilder app)
    {
        var proxies = app.ApplicationServices.GetRequiredService<IOptions<GatewayOptions>>().Value.KnownProxies;
        if (proxies.Count == 0)
            return app.UseMiddleware<UnknownProxyMiddleware>();
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.XForwardedFor, ForwardLimit = null };
        // The framework's own default is all of loopback.
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in proxies)
            options.KnownIPNetworks.Add(Parse(proxy)!.Value);
        return app.UseForwardedHeaders(options);
    }

    /// <summary>A network, or one address as a network of its own; null for what is neither.</summary>
    public static IPNetwork? Parse(string text) =>
        IPNetwork.TryParse(text, out var network) ? network
        : IPAddress.TryParse(text, out var address) ? new IPNetwork(address, address.GetAddressBytes().Length * 8)
        : null;
}

/// <summary>Says once that there seems to be a proxy that nobody named: limits take all of its clients for one.</summary>
internal sealed partial class UnknownProxyMiddleware(RequestDelegate next, ILogger<UnknownProxyMiddleware> logger)
{
    private int _said;

    public Task InvokeAsync(HttpContext http)
    {
        if (_said == 0 && http.Request.Headers.ContainsKey(ForwardedClients.Field) && Interlocked.Exchange(ref _said, 1) == 0)
            Log.Unknown(logger, http.Connection.RemoteIpAddress);
        return next(http);
    }

    private static partial class Log
    {
        [LoggerMessage(
            1,
            LogLevel.Warning,
            "A request from {Address} has X-Forwarded-For, which is not looked at: if that is a proxy, name it in Gateway:KnownProxies, or limits take its clients for one"
        )]
        public static partial void Unknown(ILogger logger, IPAddress? address);
    }
}

/// <summary>A proxy that is no address stops the start.</summary>
internal sealed class KnownProxiesValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options) =>
        options.KnownProxies.FirstOrDefault(p => ForwardedClients.Parse(p) is null) is { } wrong
            ? ValidateOptionsResult.Fail($"Gateway:KnownProxies: '{wrong}' is neither an address nor a network such as 10.0.0.0/8.")
            : ValidateOptionsResult.Success;
}
