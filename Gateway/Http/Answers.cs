using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Http;

/// <summary>From an outcome to an answer, and what endpoints need of a request.</summary>
internal static class Answers
{
    public static async Task<IResult> AnswerAsync<T>(this Task<Outcome<T>> outcome, Func<T, int>? status = null) =>
        Of(await outcome, status ?? (_ => StatusCodes.Status200OK));

    public static async Task<IResult> NoContentAsync(this Task<Outcome<Done>> outcome) =>
        (await outcome).Problem is { } problem ? new ProblemResult(problem) : TypedResults.NoContent();

    public static async Task<IResult> BodyAsync<T>(this HttpContext http, Func<T, Task<IResult>> handle, T? absent = null)
        where T : class
    {
        var limits = http.RequestServices.GetRequiredService<IOptions<LimitOptions>>().Value;
        var body = await JsonBody.ReadAsync(http, limits.MaxBodyBytes, absent);
        return body.Problem is { } problem ? new ProblemResult(problem) : await handle(body.Value!);
    }

    public static Caller Caller(this HttpContext http) => http.User.ToCaller();

    /// <summary>An id in the path. What is no id names nothing.</summary>
    public static string Id(this HttpContext http, string name) =>
        http.GetRouteValue(name) is string id && Ids.IsValid(id) ? id : throw new ProblemException(Problem.NotFound);

    /// <summary>A message's id in the path.</summary>
    public static string MessageId(this HttpContext http) =>
        http.GetRouteValue("message_id") is string id && Ids.IsUuid(id) ? id : throw new ProblemException(Problem.NotFound);

    private static IResult Of<T>(Outcome<T> outcome, Func<T, int> status) =>
        outcome.Problem is { } problem
            ? new ProblemResult(problem)
            : TypedResults.Json(outcome.Value!, ProtocolJson.Options, "application/json", status(outcome.Value!));

    private sealed class ProblemResult(Problem problem) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) => ProblemJson.WriteAsync(httpContext, problem);
    }
}
