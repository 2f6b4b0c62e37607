using System.Xml.Linq;

namespace Orleans.Chat.Architecture.Tests;

/// <summary>The files of the repository, as the rules see them.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = ["artifacts", ".git", "node_modules", "bin", "obj", "data", "TestResults", "dist"];

    public static string Root { get; } = FindRoot();

    /// <summary>Project name to its file.</summary>
    public static IReadOnlyDictionary<string, string> Projects { get; } =
        Files("*.csproj").ToDictionary(f => Path.GetFileNameWithoutExtension(f), f => f, StringComparer.Ordinal);

    /// <summary>All that match, without what is built, fetched or made at run time.</summary>
    public static IEnumerable<string> Files(string pattern, string below = "") => Walk(Path.Combine(Root, below), pattern);

    public static string Relative(string file) => Path.GetRelativePath(Root, file);

    public static bool IsTest(string file) => Relative(file).StartsWith("tests/", StringComparison.Ordinal);

    /// <summary>What a project's items of one kind include.</summary>
    public static IEnumerable<string> Items(string project, string kind) =>
        XDocument.Load(Projects[project]).Descendants(kind).Select(i => i.Attribute("Include")?.Value).OfType<string>();

    private static IEnumerable<string> Walk(string folder, string pattern)
    {
        if (!Directory.Exists(folder))
            return [];
        var inner = Directory.EnumerateDirectories(folder).Where(d => !NotOurs.Contains(Path.GetFileName(d), StringComparer.Ordinal));
        return Directory.EnumerateFiles(folder, pattern).Concat(inner.SelectMany(d => Walk(d, pattern))).Order(StringComparer.Ordinal);
    }

    private static string FindRoot()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(folder.FullName, "Orleans.Chat.sln")))
            folder = folder.Parent ?? throw new InvalidOperationException("Orleans.Chat.sln is in no folder above the tests.");
        return folder.FullName;
    }
}
