using System.Text.RegularExpressions;

namespace Orleans.Chat.Docs.Tests.Reference;

public sealed partial class OptionsReferenceTests
{
    private static readonly IReadOnlyList<Option> Options = OptionsReference.Read();

    [Fact]
    public void The_page_is_what_the_code_says() => ReferencePage.ShouldBe("options.md", OptionsReference.Render(Options));

    [Fact]
    public void Every_option_says_what_it_is_and_why() => Options.Where(o => o.Reason.Length < 20).Select(o => o.Variable).ShouldBeEmpty();

    [Fact]
    public void Every_section_that_the_code_binds_is_found() =>
        Documents
            .Sources.Where(s => !s.Key.StartsWith("tests/", StringComparison.Ordinal))
            .SelectMany(s => SectionName().Matches(s.Value).Select(m => m.Groups["name"].Value))
            .Except(Options.Select(o => o.Section), StringComparer.Ordinal)
            .ShouldBeEmpty();

    [Fact]
    public void A_section_that_two_classes_of_one_process_bind_has_each_property_once() =>
        Options.GroupBy(o => (o.Variable, o.Process)).Where(g => g.Count() > 1).Select(g => g.Key.Variable).ShouldBeEmpty();

    [Theory, MemberData(nameof(Pages))]
    public void Every_option_that_a_page_names_exists(string page)
    {
        var sections = Options.Select(o => o.Section).ToHashSet(StringComparer.Ordinal);
        Documents
            .InlineCode(page)
            .SelectMany(c => c.Split(' '))
            .Select(w => OptionName().Match(w))
            .Where(m => m.Success && !sections.Contains(Colons(m.Value)))
            .Select(m => (m.Value, Section: Colons(m.Groups["section"].Value), Property: m.Groups["property"].Value))
            .Where(m => sections.Contains(m.Section) || sections.Contains(m.Section.Split(':')[0]))
            .Where(m => !Options.Any(o => o.Section == m.Section && o.Property == m.Property))
            .Select(m => m.Value)
            .ShouldBeEmpty();
    }

    private static string Colons(string section) => section.Replace("__", ":", StringComparison.Ordinal);

    public static TheoryData<string> Pages => [.. Documents.All];

    [GeneratedRegex(@"const string Section = ""(?<name>[^""]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SectionName();

    [GeneratedRegex(
        @"^(?<section>[A-Za-z0-9]+((:|__)[A-Za-z0-9]+)*?)(:|__)(?<property>[A-Za-z0-9]+?)(=.*)?$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex OptionName();
}
