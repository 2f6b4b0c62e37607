using System.Globalization;
using Orleans.Chat.Gateway.Http;

namespace Orleans.Chat.Gateway.RateLimits;

/* Refusals over HTTP: the problem, Retry-After (RFC 9110, 10.2.3), and the limit that was met, in the fields of
 * draft-ietf-httpapi-ratelimit-headers-10. There the quota of a token bucket is its size, and its window the time in which it fills. */
internal static class RateLimitAnswers
{
    public static Task WriteAsync(HttpContext http, RateRefusal refusal)
    {
        Tell(http.Response, refusal);
        return ProblemJson.WriteAsync(http, refusal.Problem);
    }

    /// <summary>The header fields alone.</summary>
    public static void Tell(HttpResponse response, RateRefusal refusal)
    {
        var wait = Math.Max(1, (long)Math.Ceiling(refusal.Wait.TotalSeconds));
        response.Headers["RateLimit-Policy"] = string.Create(
            CultureInfo.InvariantCulture,
            $"\"{refusal.Row.Name}\";q={refusal.Burst};w={refusal.Window}"
        );
        response.Headers["RateLimit"] = string.Create(CultureInfo.InvariantCulture, $"\"{refusal.Row.Name}\";r=0;t={wait}");
    }
}
