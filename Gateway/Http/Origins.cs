using Microsoft.Extensions.Options;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/* Pages of which sites may use this server from a browser. CORS keeps the answers of REST from the others. It does not cover WebSockets: a page
 * anywhere can open one to here. So the hub looks at the Origin itself, before anybody looks at a token or a ticket is used up. What is no
 * browser sends no Origin, and is held by its token alone. */
internal sealed class OriginMiddleware(RequestDelegate next, IOptions<GatewayOptions> options)
{
    private static readonly Problem Foreign = Problem.Forbidden("Pages of this origin may not connect.");
    private readonly HashSet<string> _allowed = new(options.Value.AllowedOrigins, StringComparer.OrdinalIgnoreCase);

    public Task InvokeAsync(HttpContext http) =>
        // Routes are found whatever the case of their letters.
        http.Request.Path.StartsWithSegments(GatewayPaths.Hub, StringComparison.OrdinalIgnoreCase) && !MayConnect(http.Request)
            ? ProblemJson.WriteAsync(http, Foreign)
            : next(http);

    private bool MayConnect(HttpRequest request) =>
        request.Headers.Origin is var origin
        && (origin.Count == 0 || (origin is [{ } one] && (_allowed.Contains(one) || IsOwn(one, request.Host))));

    /// <summary>Host and port alone are compared: who ends TLS in front of us need not tell the scheme.</summary>
    private static bool IsOwn(string origin, HostString host) =>
        AllowedOriginsValidator.IsOrigin(origin, out var uri)
        && (uri.Authority.Equals(host.Value, StringComparison.OrdinalIgnoreCase) || $"{uri.Host}:{uri.Port}" == host.Value);
}

/// <summary>An entry that no browser would send would allow nobody, and a wildcard everybody.</summary>
internal sealed class AllowedOriginsValidator : IValidateOptions<GatewayOptions>
{
    public ValidateOptionsResult Validate(string? name, GatewayOptions options) =>
        options.AllowedOrigins.FirstOrDefault(o => !IsOrigin(o, out _)) is { } wrong
            ? ValidateOptionsResult.Fail(
                $"Gateway:AllowedOrigins: '{wrong}' is no origin; one is https://chat.example.com, with no path and no wildcard."
            )
            : ValidateOptionsResult.Success;

    /// <summary>Whether this is what a browser sends: scheme, host, and the port where it is not the scheme's own.</summary>
    public static bool IsOrigin(string text, out Uri uri) =>
        Uri.TryCreate(text, UriKind.Absolute, out uri!)
        && uri.Scheme is "http" or "https"
        && uri.Host.Length > 0
        && !uri.Host.Contains('*', StringComparison.Ordinal)
        && text.Equals($"{uri.Scheme}://{uri.Authority}", StringComparison.OrdinalIgnoreCase);
}
