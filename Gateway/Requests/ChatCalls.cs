using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/* How grains are called. A grain that says "repeat" lost its chat to another activation: the repeat goes at once to the new one, and later
 * ones wait a little, not in step with each other. A send waits 1.5 s, for a call to a dead silo waits for nothing, and is repeated with the
 * same ids, which is what ids are for. A call that may have had an effect and has no id is not repeated. Everything ends after 5 s. */
internal sealed class ChatCalls(IGrainFactory grains, GatewayMetrics metrics, TimeProvider time)
{
    private const int Tries = 3;
    private static readonly TimeSpan SendTry = TimeSpan.FromSeconds(1.5);
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(5);

    public IGrainFactory Grains => grains;

    /// <summary>A call that may be refused. <paramref name="repeatable"/>: it may be made again when its first outcome is not known.</summary>
    public async Task<Outcome<T>> AskAsync<T>(Func<IGrainFactory, Task<Outcome<T>>> call, bool repeatable = false)
    {
        var start = time.GetTimestamp();
        for (var attempt = 1; ; attempt++)
        {
            var outcome = await TryAsync(call, Total - time.GetElapsedTime(start));
            var again = outcome.Problem is { Retry: true } || (repeatable && outcome.Problem is { Code: ProblemCodes.Unavailable });
            if (!again || !await PauseAsync(attempt, start))
                return outcome;
        }
    }

    /// <summary>A call that only reads, and cannot be refused.</summary>
    public Task<Outcome<T>> ReadAsync<T>(Func<IGrainFactory, Task<T>> call) =>
        AskAsync<T>(async g => new Outcome<T> { Value = await call(g) }, repeatable: true);

    /// <summary>Sends messages of one sender in their order; the answers stand in the same order.</summary>
    public Task<Outcome<SentMessage>[]> SendAsync(string chatId, string sender, NewMessage[] messages) =>
        SendAsync(part => grains.Chat(chatId).Send(sender, part), messages);

    internal async Task<Outcome<SentMessage>[]> SendAsync(Func<NewMessage[], Task<Outcome<SentMessage>[]>> send, NewMessage[] messages)
    {
        metrics.Sends(messages.Length);
        var start = time.GetTimestamp();
        var answers = await TrySendAsync(send, messages, SendTry);
        for (var attempt = 1; Array.Exists(answers, IsOpen) && await PauseAsync(attempt, start); attempt++)
        {
            int[] open = [.. Enumerable.Range(0, answers.Length).Where(i => IsOpen(answers[i]))];
            var wait = Total - time.GetElapsedTime(start);
            var part = await TrySendAsync(send, [.. open.Select(i => messages[i])], wait < SendTry ? wait : SendTry);
            for (var i = 0; i < open.Length; i++)
                answers[open[i]] = AfterOpen(part[i]);
        }
        return answers;
    }

    private static bool IsOpen(Outcome<SentMessage> answer) => answer.Problem is { Retry: true };

    /// <summary>
    /// A repeat that is refused says nothing of the try before it, which may be there: its sender was removed meanwhile, and a refusal would say that it had
    /// no effect. Who asks again with the same id is told.
    /// </summary>
    private static Outcome<SentMessage> AfterOpen(Outcome<SentMessage> answer) =>
        answer.Problem is { Retry: false }
            ? Problem.Of(ProblemCodes.Unavailable, "Whether it was sent is not known; repeat it with the same message_id.")
            : answer;

    private async Task<Outcome<T>> TryAsync<T>(Func<IGrainFactory, Task<Outcome<T>>> call, TimeSpan wait)
    {
        try
        {
            return await call(grains).WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time);
        }
        catch (Exception fault) when (Faults.ToProblem(fault) is { } problem)
        {
            return problem;
        }
    }

    private async Task<Outcome<SentMessage>[]> TrySendAsync(
        Func<NewMessage[], Task<Outcome<SentMessage>[]>> send,
        NewMessage[] messages,
        TimeSpan wait
    )
    {
        try
        {
            return await send(messages).WaitAsync(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, time);
        }
        catch (Exception fault) when (Faults.ToProblem(fault) is { } problem)
        {
            // What is not known is asked again; a chat that has too much to do is not.
            return [.. messages.Select(_ => (Outcome<SentMessage>)(problem with { Retry = problem.Code == ProblemCodes.Unavailable }))];
        }
    }

    /// <summary>Waits before the next try; false when there is none.</summary>
    private async Task<bool> PauseAsync(int attempt, long start)
    {
        if (attempt >= Tries || time.GetElapsedTime(start) >= Total)
            return false;
        metrics.Retry();
        if (attempt > 1)
            await Task.Delay(TimeSpan.FromMilliseconds(50 + Random.Shared.Next(150)), time);
        return true;
    }
}
