using System.Security.Claims;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.RateLimits;

namespace Orleans.Chat.Gateway.Admission;

/// <summary>Refuses connections before it is looked at whose they are: they have cost next to nothing then.</summary>
internal sealed class BeginMiddleware(RequestDelegate next, RateLimiters limiters, Gate gate)
{
    public Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.IsForHub() || !http.Request.BeginsConnection())
            return next(http);
        var address = http.Connection.RemoteIpAddress;
        if (limiters.TakeByAddress(RateLimit.Connects, address) is { } refusal)
            return RateLimitAnswers.WriteAsync(http, refusal);
        return gate.Begin(address) is { } problem ? ProblemJson.WriteAsync(http, problem) : next(http);
    }
}

/// <summary>
/// Gives a slot to a connection whose request lives as long as it does, or refuses it before it is upgraded. Long polling gets its slot in
/// <see cref="PolledConnections{THub}"/>.
/// </summary>
internal sealed class OpenMiddleware(RequestDelegate next, Gate gate)
{
    public async Task InvokeAsync(HttpContext http)
    {
        if (
            !http.Request.IsForHub()
            || !http.Request.OpensForGood()
            || http.User.FindFirstValue(ClaimTypes.NameIdentifier) is not { Length: > 0 } user
        )
        {
            await next(http);
            return;
        }
        if (gate.Open(user, http.Connection.RemoteIpAddress, out var slot) is { } problem)
        {
            await ProblemJson.WriteAsync(http, problem);
            return;
        }
        using (slot)
            await next(http);
    }
}
