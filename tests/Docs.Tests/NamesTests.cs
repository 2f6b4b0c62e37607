using System.Text.RegularExpressions;

namespace Orleans.Chat.Docs.Tests;

/* What a page names must exist. A name with a placeholder in angle brackets, <Feature> or I<Thing>Grain, stands for many and is not looked
 * for; what only exists while something runs lies below data/ or artifacts/. */
public sealed partial class NamesTests
{
    private static readonly string[] MadeAtRunTime = ["data/", "artifacts/"];

    // Pages about the code's types; the others' capitals are the wire's.
    private static readonly string[] AboutTypes = ["CONTRIBUTING.md", "docs/architecture.md"];

    // Names of others: of Orleans, and of the shape of a configuration key.
    private static readonly string[] OfOthers = ["GetGrain", "Alias", "GrainInterfaceType", "GrainType", "CancellationToken"];

    public static TheoryData<string> Pages => [.. Documents.All];

    public static TheoryData<string> PagesAboutTypes => [.. AboutTypes];

    [Theory, MemberData(nameof(Pages))]
    public void Every_path_that_a_page_names_exists(string page) =>
        Documents.InlineCode(page).SelectMany(PathsIn).Where(p => !Exists(p)).ShouldBeEmpty();

    [Theory, MemberData(nameof(Pages))]
    public void Every_link_into_the_repository_leads_somewhere(string page) =>
        Documents
            .LocalLinks(page)
            .Select(l => Path.Combine(Documents.Root, Path.GetDirectoryName(page)!, l))
            .Where(l => !File.Exists(l) && !Directory.Exists(l))
            .ShouldBeEmpty();

    [Theory, MemberData(nameof(PagesAboutTypes))]
    public void Every_type_and_member_that_a_page_names_exists(string page) =>
        Documents.InlineCode(page).Where(c => TypeName().IsMatch(c) && !OfOthers.Contains(c)).Where(c => !IsDeclared(c)).ShouldBeEmpty();

    [Fact]
    public void What_does_not_exist_is_seen()
    {
        PathsIn("Grains/Chats/NoSuchGrain.cs").Where(p => !Exists(p)).ShouldHaveSingleItem();
        PathsIn("dotnet run --project samples/Konsole").Where(p => !Exists(p)).ShouldHaveSingleItem();
        PathsIn("NoSuchOptions.cs").Where(p => !Exists(p)).ShouldHaveSingleItem();
        PathsIn("Grains.Interfaces/<Feature>/I<Thing>Grain.cs").ShouldBeEmpty();
        IsDeclared("ChatGrain").ShouldBeTrue();
        IsDeclared("ChatGrain.Send").ShouldBeTrue();
        IsDeclared("ChatGrain.Sendd").ShouldBeFalse();
        IsDeclared("NoSuchGrain").ShouldBeFalse();
    }

    private static IEnumerable<string> PathsIn(string code) =>
        code.Split(' ')
            .Where(w => PathName().IsMatch(w) && !Array.Exists(MadeAtRunTime, m => w.StartsWith(m, StringComparison.Ordinal)))
            .Select(w => w.StartsWith("./", StringComparison.Ordinal) ? w[2..] : w);

    // A name without a folder is that of some file.
    private static bool Exists(string path)
    {
        var full = Path.Combine(Documents.Root, path);
        if (File.Exists(full) || Directory.Exists(full) || File.Exists(full + ".cs"))
            return true;
        return !path.Contains('/', StringComparison.Ordinal) && Documents.Files.Any(f => Path.GetFileName(f) == path);
    }

    private static bool IsDeclared(string name)
    {
        var parts = name.Split('.');
        var homes = Documents
            .Sources.Values.Where(s =>
                Regex.IsMatch(s, $@"\b(class|record|struct|interface|enum)\s+{parts[0]}\b", RegexOptions.None, Limit)
            )
            .ToArray();
        if (parts.Length == 2)
            return homes.Any(s => Regex.IsMatch(s, $@"\b{parts[1]}\b", RegexOptions.None, Limit)) || Exists($"{name}.cs");
        // A word alone may be a method's, a project's or a folder's too.
        return homes.Length > 0
            || Documents.Sources.Values.Any(s => Regex.IsMatch(s, $@"\b{name}(<\w+>)?\(", RegexOptions.None, Limit))
            || Documents.Files.Any(f => f.Split('/').Contains(name));
    }

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    // What begins with a slash is a resource of the server's.
    [GeneratedRegex(
        @"^(?!/)(?:\./)?(?:[\w.-]+/)+[\w.-]*$|^(?:\./)?[\w.-]+\.(?:cs|md|sh|sln|csproj|props|txt|sql)$",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex PathName();

    [GeneratedRegex(@"^[A-Z][a-z]+[A-Z]\w*(\.[A-Z]\w*)?$|^[A-Z]\w+\.[A-Z]\w+$|^I[A-Z]\w+$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex TypeName();
}
