using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>What a fault of a grain call is to a client. A fault that is not known is not told.</summary>
internal static class Faults
{
    public static Problem Unavailable { get; } =
        Problem.Of(ProblemCodes.Unavailable, "The server cannot be reached now; repeat it with the same ids.") with
        {
            RetryAfterMs = 1_000,
        };

    public static Problem Overloaded { get; } =
        Problem.Of(ProblemCodes.Overloaded, "There is more to do than can be done; repeat it with the same ids.") with
        {
            RetryAfterMs = 500,
        };

    /// <summary>Null for a fault that is a bug, of a grain or ours.</summary>
    public static Problem? ToProblem(Exception fault) =>
        fault switch
        {
            ProblemException refused => refused.Problem,
            GatewayTooBusyException or LimitExceededException => Overloaded,
            TimeoutException or OrleansException or HttpRequestException or StoreException { Transient: true } => Unavailable,
            // A client that is stopping, or not started yet.
            ObjectDisposedException
            or InvalidOperationException when fault.Source?.StartsWith("Orleans.", StringComparison.Ordinal) == true => Unavailable,
            _ => null,
        };
}
