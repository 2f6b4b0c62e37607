using System.Globalization;
using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>Problems as answers: RFC 9457, the same fields on every path.</summary>
internal static class ProblemJson
{
    public const string ContentType = "application/problem+json";

    public static string ToJson(this Problem problem) => JsonSerializer.Serialize(problem, ProtocolJson.Options);

    public static async Task WriteAsync(HttpContext http, Problem problem)
    {
        http.RequestServices.GetService<GatewayMetrics>()?.Problem(problem.Code);
        if (problem.RetryAfterMs is { } wait)
            http.Response.Headers.RetryAfter = Math.Max(1, (wait + 999) / 1_000).ToString(CultureInfo.InvariantCulture);
        http.Response.StatusCode = problem.Status;
        http.Response.ContentType = ContentType;
        http.Response.Headers.CacheControl = "no-store";
        if (HttpMethods.IsHead(http.Request.Method))
            return;
        var body = JsonSerializer.SerializeToUtf8Bytes(problem, ProtocolJson.Options);
        http.Response.ContentLength = body.Length;
        await http.Response.Body.WriteAsync(body, http.RequestAborted);
    }
}
