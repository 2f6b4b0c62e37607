using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

/// <summary>The server refused a call.</summary>
public sealed class ChatProblemException : Exception
{
    /// <summary>A refusal as it came.</summary>
    public ChatProblemException(Problem problem, int? status = null)
        : base($"{problem.Code}: {problem.Detail ?? problem.Title}")
    {
        Problem = problem;
        Status = status ?? problem.Status;
    }

    /// <summary>The whole refusal.</summary>
    public Problem Problem { get; }

    /// <summary>One of <see cref="ProblemCodes"/>.</summary>
    public string Code => Problem.Code;

    /// <summary>For <c>validation_failed</c>: what is wrong with each field.</summary>
    public IReadOnlyDictionary<string, string[]>? Errors => Problem.Errors;

    /// <summary>When to try again, in milliseconds.</summary>
    public long? RetryAfterMs => Problem.RetryAfterMs;

    /// <summary>The HTTP status; of an error of the hub, the one that its code has over REST.</summary>
    public int Status { get; }

    /// <summary>Whether the same call, with the same ids, may succeed later.</summary>
    public bool IsRetryable => Code is ProblemCodes.Overloaded or ProblemCodes.Unavailable or ProblemCodes.RateLimited;
}

/// <summary>There is no connection, or it broke before the answer came.</summary>
public sealed class ChatDisconnectedException : Exception
{
    /// <summary>A call that was, or was not, under way when the connection broke.</summary>
    public ChatDisconnectedException(string message, bool inFlight, Exception? innerException = null)
        : base(message, innerException) => InFlight = inFlight;

    /// <summary>Whether the call may have reached the server.</summary>
    public bool InFlight { get; }
}

/// <summary>
/// A message was put aside: connections broke again and again while it was under way. <see cref="ChatClient.ParkedMessages"/> has it.
/// </summary>
public sealed class MessageParkedException : Exception
{
    /// <summary>A message that was put aside.</summary>
    public MessageParkedException(SendMessage parked)
        : base($"Message {parked.MessageId} was parked: connections broke while it was under way.") => Parked = parked;

    /// <summary>The message, with its id.</summary>
    public SendMessage Parked { get; }
}
