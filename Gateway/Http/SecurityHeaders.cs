using Scalar.AspNetCore;

namespace Orleans.Chat.Gateway.Http;

/* What every answer tells a browser, errors too: it is what its type says and nothing else, no page frames it, its address is told to nobody.
 * Answers of the API are data: should one ever be shown as a page, it loads and runs nothing. They hold tokens and what people wrote, so nothing on
 * the way keeps them. Set when an answer starts, since an error empties the headers that were there before it. */
internal sealed class SecurityHeaders(RequestDelegate next)
{
    private const string Data = "default-src 'none'; frame-ancestors 'none'";

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(
            static state =>
            {
                Set((HttpContext)state);
                return Task.CompletedTask;
            },
            http
        );
        return next(http);
    }

    private static void Set(HttpContext http)
    {
        var (path, headers) = (http.Request.Path, http.Response.Headers);
        headers.XContentTypeOptions = "nosniff";
        headers["Referrer-Policy"] = "no-referrer";
        if (headers.ContentSecurityPolicy.Count == 0)
            headers.ContentSecurityPolicy = http.Items[ScalarOptions.NonceHttpContextItemKey] is string nonce ? Page(nonce) : Data;
        if (headers.CacheControl.Count == 0 && (Is(path, GatewayPaths.Api) || Is(path, GatewayPaths.Hub)))
            headers.CacheControl = "no-store";
    }

    /// <summary>Of the page of the API: the scripts that it came with, styles that they write into it, and this server alone to talk to.</summary>
    private static string Page(string nonce) =>
        $"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; "
        + "connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

    private static bool Is(PathString path, string of) => path.StartsWithSegments(of, StringComparison.OrdinalIgnoreCase);
}
