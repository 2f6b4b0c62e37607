using System.Text.RegularExpressions;
using Markdig;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace Orleans.Chat.Docs.Tests;

/// <summary>The pages that speak of the code as it is: the root's and those of <c>docs/</c>, without the decisions, which are history.</summary>
internal static partial class Documents
{
    private static readonly string[] InTheRoot = ["README.md", "CONTRIBUTING.md", "SECURITY.md", "GLOSSARY.md"];
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().Build();

    public static string Root { get; } = FindRoot();

    /// <summary>Their paths, from the root.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        .. InTheRoot,
        .. Directory
            .EnumerateFiles(Path.Combine(Root, "docs"), "*.md")
            .Select(f => "docs/" + Path.GetFileName(f))
            .Order(StringComparer.Ordinal),
    ];

    /// <summary>All files of the repository, from the root.</summary>
    public static IReadOnlyList<string> Files { get; } =
    [
        .. Directory
            .EnumerateFiles(Root, "*", new EnumerationOptions { RecurseSubdirectories = true })
            .Select(f => Path.GetRelativePath(Root, f))
            .Where(f => !NotOurs().IsMatch(f)),
    ];

    /// <summary>The C# sources: path and text.</summary>
    public static IReadOnlyDictionary<string, string> Sources { get; } =
        Files
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal))
            .ToDictionary(f => f, f => File.ReadAllText(Path.Combine(Root, f)), StringComparer.Ordinal);

    public static string Read(string document) => File.ReadAllText(Path.Combine(Root, document));

    /// <summary>The fences with this info string, in their order.</summary>
    public static IReadOnlyList<string> Fences(string document, string info) =>
        [
            .. Markdown
                .Parse(Read(document), Pipeline)
                .Descendants<FencedCodeBlock>()
                .Where(f => $"{f.Info} {f.Arguments}".Trim() == info)
                .Select(f => f.Lines.ToString()),
        ];

    /// <summary>What stands between backticks in the text.</summary>
    public static IReadOnlyList<string> InlineCode(string document) =>
        [.. Markdown.Parse(Read(document), Pipeline).Descendants<CodeInline>().Select(c => c.Content).Distinct(StringComparer.Ordinal)];

    /// <summary>Where links lead that stay in the repository.</summary>
    public static IReadOnlyList<string> LocalLinks(string document) =>
        [
            .. Markdown
                .Parse(Read(document), Pipeline)
                .Descendants<LinkInline>()
                .Select(l => l.Url ?? "")
                .Where(u => u.Length > 0 && !u.Contains("://", StringComparison.Ordinal) && u[0] != '#')
                .Select(u => u.Split('#')[0]),
        ];

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orleans.Chat.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Orleans.Chat.sln is in no folder above the tests.");
        return folder.FullName;
    }

    [GeneratedRegex(@"(^|/)(artifacts|\.git|node_modules|bin|obj|data|dist)/", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex NotOurs();
}
