using System.Security.Claims;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>Limits of REST calls: by user, and by address where nobody is signed in.</summary>
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiters limiters, GatewayMetrics metrics)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Path.StartsWithSegments(GatewayPaths.Api, StringComparison.Ordinal, out var rest))
            return next(http);
        metrics.Request("rest");
        return Take(http, rest) is { } problem ? ProblemJson.WriteAsync(http, problem) : next(http);
    }

    private Problem? Take(HttpContext http, PathString path)
    {
        if (http.User.FindFirstValue(ClaimTypes.NameIdentifier) is { Length: > 0 } user)
            return limiters.Take(path == "/messages" ? RateLimit.Sends : RateLimit.Requests, user);
        return path.StartsWithSegments("/auth", StringComparison.Ordinal)
            ? limiters.TakeByAddress(RateLimit.SignIns, http.Connection.RemoteIpAddress)
            : null;
    }
}
