namespace Orleans.Chat.Gateway.RateLimits;

/// <summary>What a gateway has taken from one bucket since it told last.</summary>
/// <param name="Key">The bucket's name, the same at all gateways.</param>
/// <param name="Rate">Tokens per second that come back.</param>
/// <param name="Burst">Tokens that it holds.</param>
/// <param name="Used">Tokens taken.</param>
internal readonly record struct BucketUse(string Key, double Rate, double Burst, double Used);

/// <summary>What the cluster knows after a report.</summary>
/// <param name="Gateways">Gateways that have reported of late, this one among them.</param>
/// <param name="Balances">Tokens left in each bucket of the report, in its order; below zero where more was taken than there was.</param>
internal sealed record SharedBalances(int Gateways, IReadOnlyList<double> Balances);

/// <summary>The buckets that the gateways of a cluster have in common.</summary>
internal interface ISharedBuckets
{
    /// <summary>Reports use and gets the balances. An empty report says that this gateway is there.</summary>
    /// <exception cref="Exception">Whatever its store fails with. The report may have been taken all the same.</exception>
    Task<SharedBalances> ReportAsync(IReadOnlyList<BucketUse> uses, CancellationToken cancellationToken);

    /// <summary>This gateway takes no part any more.</summary>
    Task LeaveAsync(CancellationToken cancellationToken);
}
