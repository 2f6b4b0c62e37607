using System.Security.Claims;
using Orleans.Chat.Gateway.Http;

namespace Orleans.Chat.Gateway.RateLimits;

/* Limits of HTTP requests: by user, and by address where tokens are given out or there is no good one. Which limit a call has is its endpoint's to say and
 * not its path's, which has many spellings. Signing in counts by address whoever asks: with a user's own limit, an account would be all it takes to try
 * passwords. After authentication, so that those who are signed in are not refused for what strangers behind the same address do; and before authorisation,
 * so that bad tokens count. Calls over a connection are counted by the hub. */
internal sealed class RateLimitMiddleware(RequestDelegate next, RateLimiters limiters, GatewayMetrics metrics)
{
    public Task InvokeAsync(HttpContext http)
    {
        var api = http.Request.Path.StartsWithSegments(GatewayPaths.Api, StringComparison.OrdinalIgnoreCase);
        if (api)
            metrics.Request("rest");
        else if (!http.Request.IsForHub())
            return next(http);
        return Take(http, api) is { } refusal ? RateLimitAnswers.WriteAsync(http, refusal) : next(http);
    }

    private RateRefusal? Take(HttpContext http, bool api)
    {
        var limit = http.GetEndpoint()?.Metadata.GetMetadata<LimitedBy>()?.Limit ?? RateLimit.Requests;
        var address = http.Connection.RemoteIpAddress;
        if (limit == RateLimit.SignIns && limiters.TakeByAddress(limit, address) is { } refusal)
            return refusal;
        if (http.User.FindFirstValue(ClaimTypes.NameIdentifier) is not { Length: > 0 } user)
            return limiters.TakeByAddress(RateLimit.Strangers, address);
        return api && limit != RateLimit.SignIns ? limiters.Take(limit, user) : null;
    }
}

/// <summary>The limit of an endpoint that is not <see cref="RateLimit.Requests"/>.</summary>
internal sealed record LimitedBy(RateLimit Limit);
