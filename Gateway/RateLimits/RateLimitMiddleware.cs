using System.Security.Claims;
using Orleans.Chat.Gateway.Http;

namespace Orleans.Chat.Gateway.RateLimits;

/* Limits of HTTP requests: by user, and by address where there is no good token. After authentication, so that those who are signed in are not
 * refused for what strangers behind the same address do; and before authorisation, so that bad tokens count. Calls over a connection are
 * counted by the hub. */
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiters limiters, GatewayMetrics metrics)
{
    public Task InvokeAsync(HttpContext http)
    {
        var api = http.Request.Path.StartsWithSegments(GatewayPaths.Api, StringComparison.Ordinal, out var rest);
        if (api)
            metrics.Request("rest");
        else if (!http.Request.IsForHub())
            return next(http);
        return Take(http, api, rest) is { } refusal ? RateLimitAnswers.WriteAsync(http, refusal) : next(http);
    }

    private RateRefusal? Take(HttpContext http, bool api, PathString path)
    {
        if (http.User.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 0 } user)
            return api ? limiters.Take(path == "/messages" ? RateLimit.Sends : RateLimit.Requests, user) : null;
        var address = http.Connection.RemoteIpAddress;
        var signsIn = api && path.StartsWithSegments("/auth", StringComparison.Ordinal);
        return (signsIn ? limiters.TakeByAddress(RateLimit.SignIns, address) : null)
            ?? limiters.TakeByAddress(RateLimit.Strangers, address);
    }
}
