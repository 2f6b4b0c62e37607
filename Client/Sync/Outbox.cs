using Microsoft.Extensions.Logging;
using Orleans.Chat.Client.Connection;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Sync;

/// <summary>How the outbox sends: over the hub, and over REST where a verdict on a suspicious message is wanted.</summary>
internal interface IMessageSender
{
    /// <summary>Whether there is a connection.</summary>
    bool IsConnected { get; }

    /// <summary>Ends when there is a connection.</summary>
    Task WhenConnectedAsync(CancellationToken cancellationToken);

    Task<SentMessage> SendAsync(SendMessage message, CancellationToken cancellationToken);

    Task<SentMessage> SendOverRestAsync(SendMessage message, CancellationToken cancellationToken);
}

/* A chat's messages go one after the other, each when the one before has its answer: were two under way, a refusal of the first for
 * load and a success of the second would swap them. Chats do not wait for each other.
 *
 * A message is sent again with the same id until its answer is definite, so it does not matter whether the lost answer was lost before
 * or after the message was stored.
 *
 * A message that is too large for the hub closes the connection instead of being refused. It would do so for ever and take every other
 * chat with it. So a message that several connections broke under is sent over REST, where it gets a proper answer, and if requests
 * break under it too, while there is a connection otherwise, it is put aside. */
internal sealed partial class Outbox(IMessageSender sender, ChatClientOptions options, ILogger logger) : IDisposable
{
    private const int MostFaults = 3;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Queue<OutboxItem>> _chats = new(StringComparer.Ordinal);
    private readonly List<SendMessage> _parked = [];
    private readonly Backoff _backoff = new(options.BackoffBase, options.BackoffCap, options.Random);
    private readonly CancellationTokenSource _end = new();

    /// <summary>The messages that were put aside.</summary>
    public IReadOnlyList<SendMessage> Parked
    {
        get
        {
            lock (_lock)
                return [.. _parked];
        }
    }

    /// <summary>How many messages wait for their answer.</summary>
    public int Count
    {
        get
        {
            lock (_lock)
                return _chats.Values.Sum(queue => queue.Count);
        }
    }

    /// <summary>Puts a message, which has an id, at the end of its chat's queue; the task is its answer.</summary>
    public Task<SentMessage> Add(SendMessage message, bool stored = false)
    {
        lock (_lock)
        {
            ObjectDisposedException.ThrowIf(_end.IsCancellationRequested, this);
            var item = new OutboxItem(message, stored ? Task.CompletedTask : StoreAsync(message));
            if (_chats.TryGetValue(message.ChatId!, out var queue))
            {
                queue.Enqueue(item);
                return item.Answer.Task;
            }
            queue = new Queue<OutboxItem>([item]);
            _chats[message.ChatId!] = queue;
            _ = RunAsync(message.ChatId!, queue);
            return item.Answer.Task;
        }
    }

    /// <summary>Ends all work. Messages without an answer stay in the store; their tasks are cancelled.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_end.IsCancellationRequested)
                return;
            _end.Cancel();
            foreach (var item in _chats.Values.SelectMany(queue => queue))
                item.Answer.TrySetCanceled(_end.Token);
            _chats.Clear();
        }
        _end.Dispose();
    }

    private async Task StoreAsync(SendMessage message)
    {
        if (options.OutboxStore is { } store)
            await store.AddAsync(message, _end.Token);
    }

    private async Task RunAsync(string chatId, Queue<OutboxItem> queue)
    {
        var end = _end.Token;
        await Task.Yield();
        while (true)
        {
            OutboxItem item;
            lock (_lock)
            {
                if (end.IsCancellationRequested)
                    return;
                if (!queue.TryPeek(out item!))
                {
                    _chats.Remove(chatId);
                    return;
                }
            }
            await SettleAsync(item, end);
            lock (_lock)
            {
                if (queue.Count > 0)
                    queue.Dequeue();
            }
        }
    }

    private async Task SettleAsync(OutboxItem item, CancellationToken end)
    {
        try
        {
            await item.Stored;
            var sent = await SendAsync(item, end);
            await ForgetAsync(item.Message);
            item.Answer.TrySetResult(sent);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            item.Answer.TrySetCanceled(end);
        }
        catch (Exception e)
        {
            if (e is MessageParkedException)
                Park(item.Message);
            await ForgetAsync(item.Message);
            item.Answer.TrySetException(e);
        }
    }

    private async Task<SentMessage> SendAsync(OutboxItem item, CancellationToken end)
    {
        for (var failures = 0; ; failures++)
        {
            var overRest = item.Strikes >= options.SendStrikes;
            await sender.WhenConnectedAsync(end);
            try
            {
                return await (overRest ? sender.SendOverRestAsync(item.Message, end) : sender.SendAsync(item.Message, end));
            }
            catch (ChatProblemException e) when (IsForNow(e) || (e.Code == ProblemCodes.Internal && item.Faults++ < MostFaults))
            {
                Log.Retried(logger, item.Message.MessageId!, e.Code);
                await WaitAsync(e.RetryAfterMs, failures, end);
            }
            catch (ChatDisconnectedException e)
            {
                if (e.InFlight)
                    item.Strikes++;
                await WaitAsync(null, failures, end);
            }
            catch (Exception e) when (IsBroken(e) && overRest && !end.IsCancellationRequested)
            {
                if (sender.IsConnected)
                    item.Strikes++;
                await WaitAsync(null, failures, end);
            }
            if (item.Strikes >= 2 * options.SendStrikes)
                throw new MessageParkedException(item.Message);
        }
    }

    // That the session has ended says nothing of the message: it waits for the next sign-in, as those do that no connection took.
    private static bool IsForNow(ChatProblemException refusal) => refusal.IsRetryable || refusal.Code == ProblemCodes.Unauthenticated;

    // The HTTP client tells its timeout as a cancellation.
    private static bool IsBroken(Exception exception) => exception is HttpRequestException or IOException or OperationCanceledException;

    private Task WaitAsync(long? toldMs, int failures, CancellationToken end) =>
        Task.Delay(toldMs is { } ms ? TimeSpan.FromMilliseconds(ms) : _backoff.Next(failures), options.Time, end);

    private void Park(SendMessage message)
    {
        lock (_lock)
            _parked.Add(message);
        Log.Parked(logger, message.MessageId!);
    }

    private async Task ForgetAsync(SendMessage message)
    {
        try
        {
            if (options.OutboxStore is { } store)
                await store.RemoveAsync(message, CancellationToken.None);
        }
        catch (Exception e)
        {
            // It is sent once more by the next run, which changes nothing.
            Log.StoreFailed(logger, message.MessageId!, e);
        }
    }

    private sealed class OutboxItem(SendMessage message, Task stored)
    {
        public SendMessage Message { get; } = message;

        public Task Stored { get; } = stored;

        public TaskCompletionSource<SentMessage> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public int Strikes { get; set; }

        public int Faults { get; set; }
    }

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Debug, "Message {MessageId} is sent again after {Code}")]
        public static partial void Retried(ILogger logger, string messageId, string code);

        [LoggerMessage(2, LogLevel.Warning, "Message {MessageId} is put aside: connections broke while it was under way")]
        public static partial void Parked(ILogger logger, string messageId);

        [LoggerMessage(3, LogLevel.Error, "Message {MessageId} was not taken out of the store")]
        public static partial void StoreFailed(ILogger logger, string messageId, Exception exception);
    }
}
