using System.Globalization;
using Orleans.Chat.Check.Verdicts;
using Orleans.Chat.Load.Chaos;

namespace Orleans.Chat.FaultTests;

/// <summary>What came of a run: the checker's verdict, what became of single tries, and memory before and after.</summary>
internal sealed record FaultResult(Verdict Verdict, Refusals Refusals, IReadOnlyList<MemoryUse> Memory);

/// <summary>Load, one fault and the verdict on what all devices saw; a row of the results is kept of each.</summary>
internal static class FaultRun
{
    private static readonly TimeSpan PresenceBound = TimeSpan.FromSeconds(35);
    private static readonly Lock Rows = new();

    /// <summary>Where rows and histories are kept, beside the tests' logs.</summary>
    private static string Results => Path.Combine(Repository.Root, "artifacts", "faults");

    /// <summary>A built-in fault, or <c>none</c>.</summary>
    public static Task<FaultResult> AsyncOf(FaultCluster cluster, string fault, ChaosSettings? settings = null) =>
        AsyncOf(cluster, fault, BuiltInOrNone(cluster, fault), settings);

    public static Fault[] BuiltInOrNone(FaultCluster cluster, string fault) =>
        fault == "none" ? [] : [new LocalFaults(cluster.ClusterFile, Tell).Of(fault)];

    public static async Task<FaultResult> AsyncOf(FaultCluster cluster, string name, Fault[] faults, ChaosSettings? settings = null)
    {
        Directory.CreateDirectory(Results);
        var file = Path.Combine(Results, $"{name}-{Guid.CreateVersion7():N}.jsonl");
        var (refusals, memory) = await RunAsync(cluster, file, faults, settings ?? new ChaosSettings());
        var result = new FaultResult(Verdict.Of([file], PresenceBound), refusals, memory);
        Keep(name, result);
        TestContext.Current.TestOutputHelper?.WriteLine(VerdictJson.Write(result.Verdict));
        foreach (var (code, count) in result.Refusals.Counts)
            Tell($"{count} tries of sends ended with {code}");
        foreach (var (role, pid, before, after) in result.Memory)
            Tell($"{role} (pid {pid}) held {before >> 20} MB before, and holds {after >> 20} MB");
        if (result.Verdict.Held)
            File.Delete(file);
        return result;
    }

    /// <summary>For who reads the test's output, and kept also of a test that passes.</summary>
    public static void Tell(string line)
    {
        TestContext.Current.TestOutputHelper?.WriteLine(line);
        lock (Rows)
        {
            Directory.CreateDirectory(Results);
            File.AppendAllLines(Path.Combine(Results, "told.log"), [line]);
        }
    }

    private static async Task<(Refusals Refusals, IReadOnlyList<MemoryUse> Memory)> RunAsync(
        FaultCluster cluster,
        string file,
        Fault[] faults,
        ChaosSettings settings
    )
    {
        using var history = new History(file);
        Uri[] servers = [.. cluster.Cluster.Gateways.Select(g => g.Url)];
        await using var run = new ChaosRun(servers, settings, history, Tell) { Cluster = new ClusterProcesses(cluster.ClusterFile) };
        await run.RunAsync(faults, TestContext.Current.CancellationToken);
        return (run.Refusals, run.Memory);
    }

    private static void Keep(string fault, FaultResult result)
    {
        var verdict = result.Verdict;
        long Broken(params string[] promises) => verdict.Promises.Where(p => promises.Contains(p.PromiseId)).Sum(p => p.Violations);
        string Seconds(double milliseconds) => (milliseconds / 1000).ToString("0.0", CultureInfo.InvariantCulture);
        string Memory(string role)
        {
            MemoryUse[] survivors = [.. result.Memory.Where(m => m.Role == role)];
            return survivors.Length == 0 ? "" : $"{survivors.Sum(m => m.Before) >> 20} → {survivors.Sum(m => m.After) >> 20}";
        }
        string[] cells =
        [
            fault,
            verdict.Sends.Acknowledged.ToString("#,0", CultureInfo.InvariantCulture),
            .. (
                (long[])
                    [
                        verdict.Sends.Unknown,
                        Broken("acknowledged-lost"),
                        Broken("idempotent", "duplicate"),
                        Broken("order", "real-time", "fifo"),
                        Broken("phantom", "corrupt", "refused-visible"),
                        verdict.Promises.Sum(p => p.Violations),
                    ]
            ).Select(n => n.ToString(CultureInfo.InvariantCulture)),
            Seconds(verdict.WorstSendMilliseconds),
            verdict.DuringFaults is { Count: > 0 } during ? Seconds(during.P99Milliseconds) : "",
            Seconds(verdict.LongestWithoutService.Count > 0 ? verdict.LongestWithoutService[0].Milliseconds : 0),
            verdict.DuplicatePushes.ToString(CultureInfo.InvariantCulture),
            Memory("silo"),
            Memory("gateway"),
        ];
        lock (Rows)
            File.AppendAllLines(Path.Combine(Results, "rows.md"), [$"| {string.Join(" | ", cells)} |"]);
    }
}
