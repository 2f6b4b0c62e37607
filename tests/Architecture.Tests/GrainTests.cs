using System.Text.RegularExpressions;

namespace Orleans.Chat.Architecture.Tests;

/* Read from the sources: a grain that is public or that has no name of its own compiles, and is found out in a rolling upgrade. */
public sealed partial class GrainTests
{
    [Fact]
    public void Grain_classes_are_internal_sealed_and_named()
    {
        var grains = GrainClasses(Sources("Grains"));

        grains.Count.ShouldBeGreaterThan(3, "the scan finds grains");
        grains.Where(g => g.Fault is not null).Select(g => $"{g.Name}: {g.Fault}").ShouldBeEmpty();
    }

    [Theory]
    [InlineData("[GrainType(\"a\")]\npublic sealed class AGrain : Grain, IAGrain", "is not internal sealed")]
    [InlineData("[GrainType(\"a\")]\ninternal class AGrain : Grain, IAGrain", "is not internal sealed")]
    [InlineData("internal sealed class AGrain(IClock clock) : Grain, IAGrain", "has no [GrainType]")]
    public void A_fault_is_seen(string source, string fault) => GrainClasses([source]).ShouldHaveSingleItem().Fault.ShouldBe(fault);

    [Fact]
    public void A_grain_in_parts_is_one_grain() =>
        GrainClasses(["[GrainType(\"a\")]\ninternal sealed partial class AGrain : Grain", "internal sealed partial class AGrain\n{"])
            .ShouldHaveSingleItem()
            .Fault.ShouldBeNull();

    [Fact]
    public void Names_on_the_wire_are_given_once()
    {
        var aliases = Sources("Protocol", "Protocol.MessagePack", "Grains.Interfaces", "Grains", "PushStreams", "Storage")
            .SelectMany(s => TypeAlias().Matches(s))
            .Select(m => m.Groups["alias"].Value)
            .ToList();

        aliases.Count.ShouldBeGreaterThan(20, "the scan finds aliases");
        aliases.GroupBy(a => a, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key).ShouldBeEmpty();
    }

    [Fact]
    public void Grain_types_are_given_once() =>
        Sources("Grains")
            .SelectMany(s => GrainTypeName().Matches(s))
            .GroupBy(m => m.Groups["name"].Value, StringComparer.Ordinal)
            .Where(g => g.Count() > 1)
            .Select(g => g.Key)
            .ShouldBeEmpty();

    [Fact]
    public void A_methods_alias_is_not_a_types()
    {
        TypeAlias().IsMatch("[Alias(\"send\"), AlwaysInterleave]\n    Task<SendResult> Send();").ShouldBeFalse();
        TypeAlias().Match("[GenerateSerializer, Immutable, Alias(\"x\")]\npublic sealed record X").Groups["alias"].Value.ShouldBe("x");
    }

    private static IEnumerable<string> Sources(params string[] folders) =>
        folders.SelectMany(f => Repository.Files("*.cs", f)).Select(File.ReadAllText);

    private static List<(string Name, string? Fault)> GrainClasses(IEnumerable<string> sources) =>
        [
            .. sources
                .SelectMany(s => GrainClass().Matches(s))
                .GroupBy(m => m.Groups["name"].Value, StringComparer.Ordinal)
                .Select(g => (g.Key, Fault(g))),
        ];

    private static string? Fault(IEnumerable<Match> parts)
    {
        if (!parts.All(p => p.Groups["modifiers"].Value.StartsWith("internal sealed", StringComparison.Ordinal)))
            return "is not internal sealed";
        return parts.Any(p => p.Groups["attributes"].Value.Contains("GrainType(\"", StringComparison.Ordinal))
            ? null
            : "has no [GrainType]";
    }

    [GeneratedRegex(
        @"^(?<attributes>(\[.*\]\s*\n)*)[ ]*(?<modifiers>(public|internal|sealed|partial|abstract|private)[a-z ]*)\bclass (?<name>\w+Grain)\b",
        RegexOptions.Multiline | RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex GrainClass();

    [GeneratedRegex(
        @"\bAlias\(""(?<alias>[^""]+)""\)[^\n]*\]\s*(\[[^\n]*\]\s*)*(public |internal )?(sealed |abstract |readonly |partial |static )*(record|class|interface|struct|enum)\b",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex TypeAlias();

    [GeneratedRegex(@"\bGrainType\(""(?<name>[^""]+)""\)", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex GrainTypeName();
}
