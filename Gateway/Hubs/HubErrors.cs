using System.Diagnostics;
using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.RateLimits;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Hubs;

/* The hub's only catch: what a call ends with other than an answer is a problem object, as JSON in the HubException's message. Limits and
 * revoked sessions are looked at here too, before the method. Nothing is awaited before the method is called: it takes its place first.
 *
 * A refusal by a limit, the chat's own among them, is held back: so many calls of a connection run at a time, and it is not read beyond them,
 * so that who calls as fast as it can is slowed by its own refusals and does not make others pay for them. */
internal sealed partial class HubErrors(ISessionEndings endings, RateLimiters limiters, GatewayMetrics metrics, ILogger<HubErrors> logger)
    : IHubFilter
{
    /// <summary>With 64 calls at a time a connection is refused 320 times a second at most.</summary>
    private static readonly TimeSpan HeldBack = TimeSpan.FromMilliseconds(200);

    public async ValueTask<object?> InvokeMethodAsync(
        HubInvocationContext invocationContext,
        Func<HubInvocationContext, ValueTask<object?>> next
    )
    {
        try
        {
            metrics.Request("hub");
            return RefusalOf(invocationContext) is { } refusal
                ? throw new ProblemException(refusal.Problem)
                : await next(invocationContext);
        }
        catch (Exception fault) when (fault is not HubException)
        {
            if (fault is OperationCanceledException && invocationContext.Context.ConnectionAborted.IsCancellationRequested)
                throw;
            var problem = Faults.ToProblem(fault) ?? Unknown(fault, invocationContext.HubMethodName);
            metrics.Problem(problem.Code);
            // Of the machine's own time: it is about its work.
            if (problem.Code == ProblemCodes.RateLimited)
                await Task.Delay(HeldBack, TimeProvider.System, invocationContext.Context.ConnectionAborted);
            throw new HubException(problem.ToJson(), fault);
        }
    }

    public async Task OnConnectedAsync(HubLifetimeContext context, Func<HubLifetimeContext, Task> next)
    {
        try
        {
            await next(context);
        }
        catch (Exception fault) when (fault is not HubException)
        {
            throw new HubException((Faults.ToProblem(fault) ?? Unknown(fault, nameof(OnConnectedAsync))).ToJson(), fault);
        }
    }

    private RateRefusal? RefusalOf(HubInvocationContext invocation)
    {
        var caller = invocation.Context.User.ToCaller();
        if (endings.HasEnded(caller.UserId, caller.SessionId))
            throw new ProblemException(Problem.Of(ProblemCodes.Unauthenticated, "The session has ended."));
        if (limiters.Take(RateLimit.Calls, invocation.Context.ConnectionId) is { } tooMany)
            return tooMany;
        if (invocation.HubMethodName != nameof(ChatHub.SendMessage))
            return limiters.Take(RateLimit.Requests, caller.UserId);
        return limiters.Take(RateLimit.Sends, caller.UserId)
            ?? (
                invocation.HubMethodArguments is [SendMessage { ChatId: { } chat }] && Ids.IsValid(chat)
                    ? limiters.Take(RateLimit.ChatSends, caller.UserId, chat)
                    : null
            );
    }

    private Problem Unknown(Exception fault, string method)
    {
        var trace = Activity.Current?.TraceId.ToString() ?? ActivityTraceId.CreateRandom().ToString();
        Log.Failed(logger, fault, method, trace);
        return Problem.Of(ProblemCodes.Internal) with { TraceId = trace };
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Error, "{Method} failed; trace {Trace}")]
        public static partial void Failed(ILogger logger, Exception fault, string method, string trace);
    }
}
