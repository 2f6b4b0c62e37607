using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/* What one connection sends to one chat takes its place in the order of sending, answers awaited or not. So it goes by a lane: while a call is
 * on its way, later sends wait, and then go together. A call that is repeated holds those behind it, and one that fails for good, or finds
 * the chat overloaded, fails them too: sent on, they would stand before a message that the client is about to repeat.
 *
 * Lanes of one connection are independent of each other, and a lane is gone when it is empty. */
internal sealed class OrderedSends(Func<string, string, NewMessage[], Task<Outcome<SentMessage>[]>> send, int maxWaiting)
{
    public const int MaxBatch = 64;

    // A batch also has a size: a hundred long messages would be a message of megabytes between processes.
    private const int MaxBatchCharacters = 512 * 1024;
    private readonly Dictionary<(string Connection, string Chat), Lane> _lanes = [];
    private readonly Lock _lock = new();

    /// <summary>Takes its place before it returns; so the caller must not await anything before.</summary>
    public Task<Outcome<SentMessage>> SendAsync(string connectionId, string sender, string chatId, NewMessage message)
    {
        var key = (connectionId, chatId);
        var waiting = new Waiting(message);
        Lane? idle = null;
        lock (_lock)
        {
            if (!_lanes.TryGetValue(key, out var lane))
                _lanes[key] = lane = idle = new Lane(sender);
            else if (lane.Waiting.Count >= maxWaiting)
                return Task.FromResult<Outcome<SentMessage>>(Faults.Overloaded);
            lane.Waiting.Enqueue(waiting);
        }
        if (idle is not null)
            _ = RunAsync(key, idle);
        return waiting.Answer.Task;
    }

    private async Task RunAsync((string Connection, string Chat) key, Lane lane)
    {
        while (Next(key, lane) is { } batch)
        {
            Outcome<SentMessage>[] answers;
            try
            {
                answers = await send(key.Chat, lane.Sender, [.. batch.Select(w => w.Message)]);
            }
            catch (Exception fault)
            {
                // A bug of the chat's, told to who waits; the lane goes on.
                batch.ForEach(w => w.Answer.TrySetException(fault));
                continue;
            }
            if (Array.Find(answers, a => a.Problem is { Code: ProblemCodes.Unavailable or ProblemCodes.Overloaded }).Problem is { } problem)
                FailWaiting(lane, problem);
            for (var i = 0; i < batch.Count; i++)
                batch[i].Answer.TrySetResult(answers[i]);
        }
    }

    /// <summary>What goes next; null when nothing waits, and then the lane is gone.</summary>
    private List<Waiting>? Next((string Connection, string Chat) key, Lane lane)
    {
        lock (_lock)
        {
            if (lane.Waiting.Count == 0)
            {
                _lanes.Remove(key);
                return null;
            }
            var batch = new List<Waiting>();
            var characters = 0;
            while (batch.Count < MaxBatch && lane.Waiting.TryPeek(out var next))
            {
                characters += next.Message.Content.Length + (next.Message.Metadata?.Json.Length ?? 0);
                if (batch.Count > 0 && characters > MaxBatchCharacters)
                    break;
                batch.Add(lane.Waiting.Dequeue());
            }
            return batch;
        }
    }

    private void FailWaiting(Lane lane, Problem problem)
    {
        Waiting[] failed;
        lock (_lock)
        {
            failed = [.. lane.Waiting];
            lane.Waiting.Clear();
        }
        foreach (var waiting in failed)
            waiting.Answer.TrySetResult(problem);
    }

    private sealed class Lane(string sender)
    {
        public string Sender => sender;

        public Queue<Waiting> Waiting { get; } = new();
    }

    private sealed class Waiting(NewMessage message)
    {
        public NewMessage Message => message;

        public TaskCompletionSource<Outcome<SentMessage>> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
