using Orleans.Chat.Fuzz.Targets;

namespace Orleans.Chat.Fuzz.Tests;

/* What is fuzzed for minutes by tests/Fuzz/run.sh, here with what is kept of it: in every run of the tests, in seconds. */
public sealed class FuzzTargetTests
{
    private const int PerTarget = 4_000;
    private const int RandomSeed = 20_261_127;

    // Many times what afl-fuzz is given: here others use the machine too.
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    public static TheoryData<string> Targets => [.. FuzzTargets.Names];

    [Theory, MemberData(nameof(Targets))]
    public void The_corpus_is_taken_and_has_an_input_of_each_kind(string name)
    {
        var target = FuzzTargets.Find(name);
        var corpus = InputFiles.Corpus(name);

        corpus
            .Select(c => c.Name)
            .ShouldBe(target.Seeds().Select(s => s.Name), ignoreOrder: true, "dotnet run --project tests/Fuzz -- seed");
        corpus.Where(c => MustBeReadOrRefused(target, c.Bytes, c.Name) != Reading.Taken).Select(c => c.Name).ShouldBeEmpty();
    }

    [Theory, MemberData(nameof(Targets))]
    public void What_once_showed_a_bug_is_read_or_refused(string name)
    {
        var target = FuzzTargets.Find(name);
        foreach (var found in InputFiles.Found(name))
            MustBeReadOrRefused(target, found.Bytes, found.Name);
    }

    [Theory, MemberData(nameof(Targets))]
    public void What_is_nearly_valid_is_read_or_refused(string name)
    {
        var target = FuzzTargets.Find(name);
        var mutations = new Mutations([.. InputFiles.Corpus(name).Concat(InputFiles.Found(name)).Select(i => i.Bytes)], RandomSeed);
        var readings = new HashSet<Reading>();
        for (var i = 0; i < PerTarget; i++)
            readings.Add(MustBeReadOrRefused(target, mutations.Next(), $"mutation {i}"));
        // With mutations that are all refused at the first byte nothing would be tried.
        readings.ShouldBe([Reading.Taken, Reading.Refused], ignoreOrder: true);
    }

    private static Reading MustBeReadOrRefused(FuzzTarget target, byte[] input, string what)
    {
        try
        {
            return Judge.Read(target, input, Patience);
        }
        catch (Exception finding)
        {
            throw new InvalidOperationException($"{target.Name}, {what}, in base64: {Convert.ToBase64String(input)}", finding);
        }
    }
}
