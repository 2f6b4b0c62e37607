using Orleans.Chat.Check.Verdicts;

namespace Orleans.Chat.FaultTests;

/* A fault test that stays green with a safeguard taken out is blind. Each safeguard is taken out of the server by a patch, and the fault that it is there
 * for must then break what it keeps. */
public sealed class MutantTests
{
    private const string TakesLong = "Builds servers: ./test.sh faults --all runs it.";
    private const int Tries = 3;

    public static bool All => FaultTests.All;

    public static TheoryData<string> Names =>
        [
            .. Directory
                .EnumerateFiles(Mutant.Patches, "*.patch")
                .Select(p => Path.GetFileNameWithoutExtension(p))
                .Order(StringComparer.Ordinal),
        ];

    [Theory, MemberData(nameof(Names))]
    public async Task Its_patch_is_one_of_the_sources_as_they_are(string name) =>
        await Mutant.RunAsync("git", "apply", "--check", Path.Combine(Mutant.Patches, $"{name}.patch"));

    [Theory(Skip = TakesLong, SkipUnless = nameof(All))]
    [InlineData("acknowledge-before-commit", "kill-silo", "acknowledged-lost")]
    // What was pushed and not committed is there later, with another number, for its sender repeats it.
    [InlineData("publish-before-commit", "kill-silo", "order")]
    [InlineData("no-fence", "partition-silo", "order")]
    [InlineData("no-dedupe", "kill-silo", "idempotent")]
    [InlineData("no-gap-pull", "kill-silo", "convergence")]
    [InlineData("asynchronous-commit", "kill-postgres", "acknowledged-lost")]
    public async Task Without_it_the_promise_is_broken(string name, string fault, string promise)
    {
        var binaries = await Mutant.BuildAsync(name);
        await using var cluster = new FaultCluster(arguments =>
            arguments with
            {
                Binaries = binaries,
                SiloUser = fault == "partition-silo" ? PartitionedCluster.FirstSiloUser : null,
            }
        );
        await cluster.InitializeAsync();
        var broken = new List<string>();
        for (var i = 0; i < Tries && !broken.Contains(promise, StringComparer.Ordinal); i++)
        {
            var (verdict, _, _) = await FaultRun.AsyncOf(cluster, $"{fault}-{name}", FaultRun.BuiltInOrNone(cluster, fault));
            broken.AddRange(verdict.Promises.Where(p => p.Standing == Standing.Broken).Select(p => p.PromiseId));
        }
        broken.ShouldContain(promise);
    }
}
