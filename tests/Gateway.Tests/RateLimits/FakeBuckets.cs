using Orleans.Chat.Gateway.RateLimits;

namespace Orleans.Chat.Gateway.Tests.RateLimits;

/// <summary>The cluster's buckets in memory, without refill, which fail and stand still when they are told to.</summary>
internal sealed class FakeBuckets : ISharedBuckets
{
    private readonly Dictionary<string, double> _balances = new(StringComparer.Ordinal);

    public List<BucketUse[]> Reports { get; } = [];

    public int Gateways { get; set; } = 1;

    public Exception? Fault { get; set; }

    /// <summary>When set, answers wait for it.</summary>
    public TaskCompletionSource? Stuck { get; set; }

    /// <summary>What was taken before the answer, by others, from each bucket of the next report.</summary>
    public double TakenByOthers { get; set; }

    public IEnumerable<BucketUse> Uses => Reports.SelectMany(r => r);

    public async Task<SharedBalances> ReportAsync(IReadOnlyList<BucketUse> uses, CancellationToken cancellationToken)
    {
        if (Fault is not null)
            throw Fault;
        Reports.Add([.. uses]);
        var balances = uses.Select(Take).ToArray();
        if (Stuck is not null)
            await Stuck.Task;
        return new SharedBalances(Gateways, balances);
    }

    public Task LeaveAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private double Take(BucketUse use) => _balances[use.Key] = _balances.GetValueOrDefault(use.Key, use.Burst) - use.Used - TakenByOthers;
}
