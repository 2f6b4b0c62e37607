using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Interfaces.Chats;

namespace Orleans.Chat.Gateway.Delivery;

/* Reads the chats of users that connect. After a fault thousands connect at once: what is asked while reads are under way goes together
 * in the next one. A read begins after it was asked for, never before, so that it shows what the user was told before connecting. */
internal sealed class MembershipReader(IClusterCalls calls, IOptions<DeliveryOptions> options)
{
    private const int Readers = 4;
    private readonly Lock _lock = new();
    private readonly Queue<Asked> _asked = new();
    private int _readers;

    public Task<Membership[]> ReadAsync(string userId)
    {
        var asked = new Asked(userId);
        lock (_lock)
        {
            _asked.Enqueue(asked);
            if (_readers == Readers)
                return asked.Answer.Task;
            _readers++;
        }
        _ = ReadAsync();
        return asked.Answer.Task;
    }

    private async Task ReadAsync()
    {
        while (Take() is { Count: > 0 } batch)
        {
            try
            {
                var users = batch.Select(a => a.UserId).Distinct(StringComparer.Ordinal).ToArray();
                var read = (await calls.MembershipsAsync(users)).ToLookup(m => m.UserId, StringComparer.Ordinal);
                foreach (var asked in batch)
                    asked.Answer.TrySetResult([.. read[asked.UserId]]);
            }
            catch (Exception fault)
            {
                foreach (var asked in batch)
                    asked.Answer.TrySetException(fault);
            }
        }
    }

    private List<Asked> Take()
    {
        lock (_lock)
        {
            var batch = new List<Asked>();
            while (batch.Count < options.Value.UsersPerRead && _asked.TryDequeue(out var asked))
                batch.Add(asked);
            if (batch.Count == 0)
                _readers--;
            return batch;
        }
    }

    private sealed record Asked(string UserId)
    {
        public TaskCompletionSource<Membership[]> Answer { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
