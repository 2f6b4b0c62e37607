namespace Orleans.Chat.Check.Tests;

/* A checker that finds nothing looks like one that finds everything held. So each fault is planted in histories that are correct, and each instance must be
 * named under its promise. */
public sealed class PlantedFaultTests
{
    private const int Histories = 6;
    private const int Instances = 3;

    public static TheoryData<string> Faults => [.. Fault.All.Select(f => f.Name)];

    [Theory, MemberData(nameof(Faults))]
    public void Each_instance_is_found(string name)
    {
        var fault = Fault.All.Single(f => f.Name == name);
        var planted = 0;
        for (var seed = 1; seed <= Histories; seed++)
        {
            for (var instance = 0; instance < Instances; instance++)
            {
                var history = MadeHistory.Of(seed, lines: 2_500);
                if (fault.Plant(history, new Random(seed + (1_000 * instance))) is not { } line)
                    continue;
                planted++;
                history
                    .Violations(StateFaults.PresenceBound)
                    .Where(v => v.Promise == fault.Promise)
                    .SelectMany(v => v.Lines)
                    .ShouldContain(l => ReferenceEquals(l, line), $"seed {seed}, instance {instance}: {line}");
            }
        }
        planted.ShouldBeGreaterThan(Histories / 2, "The histories have too few places for it.");
    }
}
