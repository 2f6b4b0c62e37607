using System.Text.RegularExpressions;

namespace Orleans.Chat.Architecture.Tests;

/// <summary>
/// Every option that the servers read: classes named <c>…Options</c> with a <c>Section</c>, and their settable properties, found in the
/// sources. A section may be read by several classes, each in its process.
/// </summary>
internal static partial class OptionsInCode
{
    private static readonly string[] Scalars = ["string", "int", "long", "double", "bool", "TimeSpan", "Uri", "decimal", "float", "Guid"];

    private static readonly string[] OfTheFramework =
    [
        "ConnectionStrings__Postgres",
        "ConnectionStrings__Redis",
        "Urls",
        "Kestrel__*",
        "ASPNETCORE_*",
        "DOTNET_*",
        "Logging__*",
        "OTEL_*",
    ];

    /// <summary>Section to properties; true for those that have further levels.</summary>
    public static IReadOnlyDictionary<string, Dictionary<string, bool>> Sections { get; } =
        Read(Repository.Files("*.cs").Where(f => !Repository.IsTest(f)).Select(File.ReadAllText));

    public static Dictionary<string, Dictionary<string, bool>> Read(IEnumerable<string> sources)
    {
        var sections = new Dictionary<string, Dictionary<string, bool>>(StringComparer.OrdinalIgnoreCase);
        // A class ends where the next begins: options are flat and stand at the top of their file.
        foreach (var body in sources.SelectMany(s => NextType().Split(s)))
        {
            if (SectionName().Match(body) is not { Success: true } section)
                continue;
            var name = section.Groups["name"].Value.Replace(":", "__", StringComparison.Ordinal);
            if (!sections.TryGetValue(name, out var properties))
                sections[name] = properties = new Dictionary<string, bool>(StringComparer.OrdinalIgnoreCase);
            foreach (Match property in Property().Matches(body))
                properties[property.Groups["name"].Value] = !Scalars.Contains(
                    property.Groups["type"].Value.TrimEnd('?'),
                    StringComparer.Ordinal
                );
        }
        return sections;
    }

    /// <summary>Whether the code reads an environment variable.</summary>
    public static bool Knows(string variable)
    {
        if (
            Array.Exists(
                OfTheFramework,
                f =>
                    f.EndsWith('*')
                        ? variable.StartsWith(f[..^1], StringComparison.Ordinal)
                        : string.Equals(f, variable, StringComparison.Ordinal)
            )
        )
            return true;
        return Sections.Any(s =>
            variable.StartsWith(s.Key + "__", StringComparison.OrdinalIgnoreCase)
            && variable[(s.Key.Length + 2)..].Split("__") is var path
            && s.Value.TryGetValue(path[0], out var deeper)
            && (deeper || path.Length == 1)
        );
    }

    [GeneratedRegex(@"(?=\bclass \w+\b)", RegexOptions.None, 1000)]
    private static partial Regex NextType();

    [GeneratedRegex(@"\Aclass \w+Options\b[\s\S]*?const string Section = ""(?<name>[^""]+)""", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex SectionName();

    [GeneratedRegex(@"public (required )?(?<type>[\w<>?,\[\] ]+?) (?<name>\w+) \{ get; (set|init); \}", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Property();
}
