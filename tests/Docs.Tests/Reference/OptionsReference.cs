using System.Collections;
using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text;
using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Orleans.Chat.Docs.Tests.Reference;

/// <summary>One property of an options class.</summary>
internal sealed record Option(string Section, string Property, string Process, string Default, string Range, string Reason)
{
    /// <summary>Its name in the environment.</summary>
    public string Variable => $"{Section.Replace(":", "__", StringComparison.Ordinal)}__{Property}";
}

/// <summary>Every class <c>…Options</c> with a <c>Section</c> that the servers bind, by reflection and the compiler's file of doc comments.</summary>
internal static partial class OptionsReference
{
    private static readonly (string Assembly, string Process)[] Servers =
    [
        ("Orleans.Chat.Gateway", "gateway"),
        ("Orleans.Chat.Grains", "silo"),
        ("Orleans.Chat.Silo", "silo"),
        ("Orleans.Chat.Security", "both"),
        ("Orleans.Chat.Storage", "silo"),
    ];

    public static IReadOnlyList<Option> Read() =>
        [
            .. Servers
                .SelectMany(s => Read(Assembly.Load(s.Assembly), s.Process))
                .OrderBy(o => o.Variable, StringComparer.Ordinal)
                .ThenBy(o => o.Process),
        ];

    public static string Render(IReadOnlyList<Option> options)
    {
        var page = new StringBuilder(
            """
            # Options

            Made from the code; CONTRIBUTING.md says how. The names are those of the environment; in a file, `Section:Property`. The process that runs alone, `./run.sh`, reads both
            kinds. A value outside its range stops the process at its start. Lists have a number at the end: `Gateway__Features__0`.

            Beside them: `ConnectionStrings__Postgres` and `ConnectionStrings__Redis`, .NET's `Logging__LogLevel__…`, and ASP.NET Core's `Urls`.


            """
        );
        foreach (var section in options.GroupBy(o => o.Section, StringComparer.Ordinal))
        {
            page.Append(
                CultureInfo.InvariantCulture,
                $"## {section.Key}\n\n| name | read by | default | range | what and why |\n| --- | --- | --- | --- | --- |\n"
            );
            foreach (var o in section)
            {
                page.Append(
                    CultureInfo.InvariantCulture,
                    $"| `{o.Variable}` | {o.Process} | {o.Default} | {ReferencePage.Cell(o.Range)} | {ReferencePage.Cell(o.Reason)} |\n"
                );
            }
            page.Append('\n');
        }
        return page.ToString().TrimEnd() + "\n";
    }

    private static IEnumerable<Option> Read(Assembly assembly, string process)
    {
        var comments = Comments(assembly);
        foreach (var type in assembly.GetTypes().Where(t => t.Name.EndsWith("Options", StringComparison.Ordinal)))
        {
            if (type.GetField("Section")?.GetRawConstantValue() is not string section)
                continue;
            var defaults = Activator.CreateInstance(type);
            foreach (var property in type.GetProperties().Where(p => p.CanWrite || p.PropertyType.IsAssignableTo(typeof(IEnumerable))))
            {
                yield return new Option(
                    section,
                    property.Name,
                    process,
                    DefaultOf(property.GetValue(defaults)),
                    RangeOf(property),
                    comments.GetValueOrDefault($"P:{type.FullName}.{property.Name}", "")
                );
            }
        }
    }

    private static string DefaultOf(object? value) =>
        value switch
        {
            null or "" => "none",
            bool on => on ? "`true`" : "`false`",
            string text => $"`{text}`",
            IEnumerable list => list.Cast<object>().Any() ? string.Join(", ", list.Cast<object>().Select(v => $"`{v}`")) : "none",
            IFormattable number => number.ToString("0.###", CultureInfo.InvariantCulture),
            _ => $"`{value}`",
        };

    private static string RangeOf(PropertyInfo property)
    {
        if (property.GetCustomAttribute<RangeAttribute>() is { } range)
            return string.Create(CultureInfo.InvariantCulture, $"{range.Minimum:0.###} to {range.Maximum:0.###}");
        if (property.GetCustomAttribute<RegularExpressionAttribute>() is { } pattern)
            return Choice().Match(pattern.Pattern) is { Success: true } choice
                ? string.Join(" or ", choice.Groups["values"].Value.Split('|').Select(c => $"`{c}`"))
                : $"`{pattern.Pattern}`";
        if (property.PropertyType == typeof(bool))
            return "`true` or `false`";
        if (property.GetCustomAttribute<UrlAttribute>() is not null)
            return "an address";
        return property.GetCustomAttribute<RequiredAttribute>() is null ? "" : "not empty";
    }

    private static Dictionary<string, string> Comments(Assembly assembly) =>
        XDocument
            .Load(Path.ChangeExtension(assembly.Location, ".xml"))
            .Descendants("member")
            .Where(m => m.Element("summary") is not null)
            .ToDictionary(m => m.Attribute("name")!.Value, m => Text(m.Element("summary")!), StringComparer.Ordinal);

    private static string Text(XElement summary)
    {
        var text = string.Concat(
            summary
                .Nodes()
                .Select(n =>
                    n switch
                    {
                        XElement { Name.LocalName: "c" } code => $"`{code.Value}`",
                        XElement { Name.LocalName: "see" } see when see.Attribute("cref") is { } to => $"`{to.Value.Split('.')[^1]}`",
                        XElement other => other.Value,
                        _ => n.ToString(),
                    }
                )
        );
        return Space().Replace(System.Net.WebUtility.HtmlDecode(text), " ").Trim();
    }

    [GeneratedRegex(@"^\^\((?<values>[\w|]+)\)\$$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Choice();

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Space();
}
