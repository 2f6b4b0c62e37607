using System.Diagnostics;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/* Whatever leaves the gateway as an error is a problem object: what handlers throw, and the empty answers that routing and Kestrel give. Of a
 * fault that is not known the client gets a trace id and nothing else. */
internal sealed partial class ProblemMiddleware(RequestDelegate next, ILogger<ProblemMiddleware> logger)
{
    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception) when (http.RequestAborted.IsCancellationRequested)
        {
            // Nobody is there to be answered.
            return;
        }
        catch (Exception fault) when (!http.Response.HasStarted)
        {
            await WriteAsync(http, ToProblem(http, fault));
            return;
        }
        if (http.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null })
            await ProblemJson.WriteAsync(http, Of(http.Response.StatusCode));
    }

    private static Task WriteAsync(HttpContext http, Problem problem)
    {
        http.Response.Clear();
        return ProblemJson.WriteAsync(http, problem);
    }

    private Problem ToProblem(HttpContext http, Exception fault)
    {
        if (fault is BadHttpRequestException bad)
            return Of(bad.StatusCode);
        if (Faults.ToProblem(fault) is { } known)
            return known;
        var trace = Activity.Current?.TraceId.ToString() ?? http.TraceIdentifier;
        Log.Failed(logger, fault, http.Request.Method, http.GetEndpoint()?.DisplayName ?? "", trace);
        return Problem.Of(ProblemCodes.Internal) with { TraceId = trace };
    }

    private static Problem Of(int status) =>
        status switch
        {
            400 => Problem.Invalid("body", "The request is not well formed."),
            401 => Problem.Of(ProblemCodes.Unauthenticated, "Sign in first."),
            403 => Problem.Forbidden("This is not yours to do."),
            404 => Problem.NotFound,
            405 => Problem.Of(ProblemCodes.MethodNotAllowed, "This path has no such method."),
            409 => Problem.Of(ProblemCodes.Conflict),
            413 => Problem.Of(ProblemCodes.TooLarge, "The body is too large."),
            415 => Problem.Of(ProblemCodes.UnsupportedMediaType, "The body must be application/json."),
            429 => Problem.Of(ProblemCodes.RateLimited),
            503 => Faults.Unavailable,
            < 500 => Problem.Of(ProblemCodes.ValidationFailed, $"The request was refused with the status {status}."),
            _ => Problem.Of(ProblemCodes.Internal) with { TraceId = Activity.Current?.TraceId.ToString() },
        };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} {Endpoint} failed; trace {Trace}")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string endpoint, string trace);
    }
}
