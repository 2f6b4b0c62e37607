using System.Buffers.Binary;

namespace Orleans.Chat.Load.Chaos;

/// <summary>The clock of the first gateway, moved by an hour while it runs, and back.</summary>
internal sealed class Clock(ClusterProcesses cluster)
{
    private static readonly TimeSpan Step = TimeSpan.FromHours(1);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(1);
    private static readonly HttpClient Http = new();

    public Fault Forward => new("clock-forward", token => MoveAsync(Step, token), token => MoveAsync(TimeSpan.Zero, token));

    public Fault Back => new("clock-back", token => MoveAsync(-Step, token), token => MoveAsync(TimeSpan.Zero, token));

    private async Task MoveAsync(TimeSpan by, CancellationToken cancellationToken)
    {
        var gateway = cluster.Pids("gateway")[0];
        var bytes = new byte[sizeof(long)];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, (long)by.TotalNanoseconds);
        // Written over and not anew: it is mapped.
        await using (var file = File.OpenWrite(ClusterProcesses.Setting(gateway, "CLOCK_FILE")))
            await file.WriteAsync(bytes, cancellationToken);
        await ClusterProcesses.UntilAsync(
            async token =>
                (await DateAsync(cluster.Urls("gateway")[0], token) - TimeProvider.System.GetUtcNow() - by).Duration() < Tolerance,
            "the gateway's clock has not moved; this fault needs ./run.sh cluster --clocks",
            cancellationToken
        );
    }

    private static async Task<DateTimeOffset> DateAsync(Uri gateway, CancellationToken cancellationToken)
    {
        using var answer = await Http.GetAsync(new Uri(gateway, "/health/live"), cancellationToken);
        return answer.Headers.Date ?? throw new InvalidOperationException("The gateway's answer has no date.");
    }
}
