using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.RegularExpressions;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.Docs.Tests;

/// <summary>docs/protocol.md says what the server does, no more and no less.</summary>
public sealed partial class ProtocolPageTests
{
    private const string NotBuilt = "## Not built yet";

    private static readonly string Page = Documents.Read("docs/protocol.md");

    [Fact]
    public async Task The_calls_of_the_page_are_those_of_the_server()
    {
        await using var server = new StandaloneServer();
        await server.StartAsync();
        using var http = new HttpClient();
        using var document = JsonDocument.Parse(await http.GetStringAsync(new Uri(server.Url, "/openapi/v1.json")));
        var served = document
            .RootElement.GetProperty("paths")
            .EnumerateObject()
            .SelectMany(p => p.Value.EnumerateObject().Select(m => $"{m.Name.ToUpperInvariant()} {Plain(p.Name)}"))
            .ToHashSet(StringComparer.Ordinal);
        var parts = Page.Split(NotBuilt);
        var missing = Calls(parts[1]);

        served.Count.ShouldBeGreaterThan(30);
        missing.ShouldNotBeEmpty();
        served.Intersect(missing, StringComparer.Ordinal).ShouldBeEmpty("It is built: take it out of that list.");
        Calls(parts[0]).Except(missing, StringComparer.Ordinal).ShouldBe(served, ignoreOrder: true);
    }

    [Fact]
    public void Every_error_code_event_and_method_is_on_the_page()
    {
        var codes = Constants(typeof(ProblemCodes));
        var events = typeof(ChatEvent).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => (string)a.TypeDiscriminator!);
        var hub = Assembly.Load("Orleans.Chat.Gateway").GetTypes().Single(t => t.Name == "ChatHub");
        var methods = hub.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Select(m => m.Name)
            .Where(m => !m.StartsWith("On", StringComparison.Ordinal) && m != "Refuse");

        var names = codes.Concat(events).Concat(methods).Concat(Constants(typeof(MessageTypes))).ToArray();
        names.Length.ShouldBeGreaterThan(50);
        names.Where(n => !Page.Contains($"`{n}`", StringComparison.Ordinal)).ShouldBeEmpty();
    }

    private static IEnumerable<string> Constants(Type type) =>
        type.GetFields(BindingFlags.Public | BindingFlags.Static).Where(f => f.IsLiteral).Select(f => (string)f.GetRawConstantValue()!);

    private static HashSet<string> Calls(string text) =>
        [
            .. Call()
                .Matches(text)
                .SelectMany(c =>
                    c.Groups["verbs"]
                        .Value.Replace("\\", "", StringComparison.Ordinal)
                        .Split('|')
                        .Select(v => $"{v} {Plain(c.Groups["path"].Value)}")
                )
                .Where(c => !IsOperation(c)),
        ];

    // Health, metrics and the documents about the API are none of its calls.
    private static bool IsOperation(string call) =>
        call.Split(' ')[1] is var path
        && (path.StartsWith("/health", StringComparison.Ordinal) || path is "/metrics" or "/openapi/v1.json");

    // A parameter's name says nothing to the wire.
    private static string Plain(string path) => Parameter().Replace(path.Replace("/api/v1", "", StringComparison.Ordinal), "{}");

    [GeneratedRegex(
        @"`(?<verbs>(?:GET|POST|PUT|PATCH|DELETE)(?:\\?\|(?:GET|POST|PUT|PATCH|DELETE))*) (?<path>/[^\s`?]*)",
        RegexOptions.ExplicitCapture,
        1000
    )]
    private static partial Regex Call();

    [GeneratedRegex(@"\{\w+\}", RegexOptions.None, 1000)]
    private static partial Regex Parameter();
}
