using System.Globalization;
using Orleans.Chat.Check.Verdicts;
using Orleans.Chat.Load.Chaos;

namespace Orleans.Chat.FaultTests;

/// <summary>Load, one fault and the verdict on what all devices saw; a row of the results is kept of each.</summary>
internal static class FaultRun
{
    private static readonly TimeSpan PresenceBound = TimeSpan.FromSeconds(35);
    private static readonly Lock Rows = new();

    /// <summary>Where rows and histories are kept, beside the tests' logs.</summary>
    private static string Results => Path.Combine(Repository.Root, "artifacts", "faults");

    public static async Task<Verdict> AsyncOf(FaultCluster cluster, string fault, ChaosSettings? settings = null)
    {
        Directory.CreateDirectory(Results);
        var file = Path.Combine(Results, $"{fault}-{Guid.CreateVersion7():N}.jsonl");
        settings ??= new ChaosSettings();
        var output = TestContext.Current.TestOutputHelper;
        using (var history = new History(file))
        {
            Uri[] servers = [.. cluster.Cluster.Gateways.Select(g => g.Url)];
            await using var run = new ChaosRun(servers, settings, history, line => output?.WriteLine(line));
            Fault[] faults = fault == "none" ? [] : [new LocalFaults(cluster.ClusterFile).Of(fault)];
            await run.RunAsync(faults, TestContext.Current.CancellationToken);
        }
        var verdict = Verdict.Of([file], PresenceBound);
        Keep(fault, verdict);
        output?.WriteLine(VerdictJson.Write(verdict));
        if (verdict.Held)
            File.Delete(file);
        return verdict;
    }

    private static void Keep(string fault, Verdict verdict)
    {
        long Broken(params string[] promises) => verdict.Promises.Where(p => promises.Contains(p.PromiseId)).Sum(p => p.Violations);
        var row = string.Create(
            CultureInfo.InvariantCulture,
            $"| {fault} | {verdict.Sends.Acknowledged:#,0} | {verdict.Sends.Unknown} | {Broken("acknowledged-lost")} | {Broken("idempotent", "duplicate")} | {Broken("order", "real-time", "fifo")} | {Broken("phantom", "corrupt", "refused-visible")} | {verdict.Promises.Sum(p => p.Violations)} | {verdict.WorstSendMilliseconds / 1000:0.0} | {(verdict.LongestWithoutService.Count > 0 ? verdict.LongestWithoutService[0].Milliseconds / 1000 : 0):0.0} | {verdict.DuplicatePushes} |"
        );
        lock (Rows)
            File.AppendAllLines(Path.Combine(Results, "rows.md"), [row]);
    }
}
