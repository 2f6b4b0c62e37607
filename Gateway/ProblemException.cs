using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway;

/// <summary>A refusal on its way out, where the return type has no room for it. Never crosses a grain.</summary>
#pragma warning disable CA1032 // There is no such exception without a problem.
internal sealed class ProblemException(Problem problem) : Exception(problem.Detail ?? problem.Code)
#pragma warning restore CA1032
{
    public Problem Problem { get; } = problem;
}
