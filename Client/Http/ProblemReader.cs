using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Http;

/// <summary>Reads problem details, whatever stood between us and the server: a proxy's page becomes a problem too.</summary>
internal static class ProblemReader
{
    /// <summary>The body of an HTTP answer that is no success.</summary>
    public static ChatProblemException FromHttp(int status, string body, TimeSpan? retryAfter)
    {
        var problem = Parse(body) ?? Problem.Of(CodeOf(status), $"The server answered {status}.");
        if (problem.RetryAfterMs is null && retryAfter is { } wait)
            problem = problem with { RetryAfterMs = (long)wait.TotalMilliseconds };
        return new ChatProblemException(problem, status);
    }

    /// <summary>The text of a hub's exception: the object begins at the first <c>{</c>, words of the library's own stand before it.</summary>
    public static ChatProblemException FromHub(string message)
    {
        var start = message.IndexOf('{', StringComparison.Ordinal);
        var problem = start < 0 ? null : Parse(message[start..]);
        return new ChatProblemException(problem ?? Problem.Of(ProblemCodes.Internal, message));
    }

    private static Problem? Parse(string json)
    {
        try
        {
            var problem = JsonSerializer.Deserialize<Problem>(json, ProtocolJson.Options);
            return string.IsNullOrEmpty(problem?.Code) ? null : problem;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string CodeOf(int status) =>
        status switch
        {
            400 => ProblemCodes.ValidationFailed,
            401 => ProblemCodes.Unauthenticated,
            403 => ProblemCodes.Forbidden,
            404 => ProblemCodes.NotFound,
            405 => ProblemCodes.MethodNotAllowed,
            409 => ProblemCodes.Conflict,
            413 => ProblemCodes.TooLarge,
            415 => ProblemCodes.UnsupportedMediaType,
            429 => ProblemCodes.RateLimited,
            502 or 503 or 504 => ProblemCodes.Unavailable,
            _ => ProblemCodes.Internal,
        };
}
