using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.OpenApi;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;

namespace Orleans.Chat.Gateway.Tests.Http;

/// <summary>What the server says of itself: <c>/openapi/v1.json</c> and <c>/docs</c>.</summary>
public sealed partial class DescriptionTests(StandalonePlace place) : IDisposable
{
    private readonly HttpClient _http = new() { BaseAddress = place.Here };

    public void Dispose() => _http.Dispose();

    [Fact]
    public async Task It_is_valid_OpenAPI()
    {
        await using var text = await _http.GetStreamAsync(
            new Uri("/openapi/v1.json", UriKind.Relative),
            TestContext.Current.CancellationToken
        );
        var read = await OpenApiDocument.LoadAsync(text, "json", cancellationToken: TestContext.Current.CancellationToken);
        read.Diagnostic!.Errors.ShouldBeEmpty();
        read.Diagnostic.Warnings.ShouldBeEmpty();
        read.Document!.Paths.Count.ShouldBe(RestTable.Calls.Select(c => c.Path).Distinct().Count());
    }

    [Fact]
    public async Task Each_call_has_its_path_its_answers_and_its_problems()
    {
        var api = await ApiAsync();
        foreach (var call in RestTable.Calls)
        {
            var operation = api.GetProperty("paths").GetProperty("/api/v1" + call.Path).GetProperty(call.Method.ToLowerInvariant());
            operation.GetProperty("summary").GetString().ShouldNotBeNullOrEmpty(call.Name);
            Names(operation, "path")
                .ShouldBe(Segment().Matches(call.Path).Select(m => m.Groups["name"].Value), ignoreOrder: true, call.Name);
            operation.TryGetProperty("requestBody", out _).ShouldBe(call.Body is not null, call.Name);

            var responses = operation.GetProperty("responses");
            var good = responses.GetProperty(call.Good.ToString(System.Globalization.CultureInfo.InvariantCulture));
            good.TryGetProperty("content", out var content).ShouldBe(call.Good != 204, call.Name);
            if (call.Good != 204)
                content.GetProperty("application/json").TryGetProperty("schema", out _).ShouldBeTrue(call.Name);
            string[] problems =
            [
                .. call.Body is null ? Array.Empty<string>() : ["413", "415"],
                .. call.Open ? Array.Empty<string>() : ["401", "403"],
                "400",
                "404",
                "429",
                "500",
                "503",
            ];
            foreach (var status in problems)
            {
                responses.TryGetProperty(status, out var problem).ShouldBeTrue($"{call.Name} {status}");
                problem.GetProperty("content").TryGetProperty("application/problem+json", out _).ShouldBeTrue($"{call.Name} {status}");
            }
            var open = operation.TryGetProperty("security", out var security) && security.GetArrayLength() == 0;
            open.ShouldBe(call.Open, call.Name);
        }
        api.GetProperty("security").GetArrayLength().ShouldBe(1);
        api.GetProperty("components")
            .GetProperty("securitySchemes")
            .GetProperty("bearer")
            .GetProperty("scheme")
            .GetString()
            .ShouldBe("bearer");
    }

    [Fact]
    public async Task Its_fields_are_called_as_on_the_wire()
    {
        var schemas = (await ApiAsync()).GetProperty("components").GetProperty("schemas");
        foreach (var schema in schemas.EnumerateObject())
        {
            if (!schema.Value.TryGetProperty("properties", out var properties))
                continue;
            foreach (var property in properties.EnumerateObject())
                SnakeCase().IsMatch(property.Name).ShouldBeTrue($"{schema.Name}.{property.Name}");
        }
        var problem = schemas.GetProperty("Problem").GetProperty("properties").EnumerateObject().Select(p => p.Name).ToArray();
        foreach (var name in new[] { "code", "status", "title", "type", "detail", "errors", "retry_after_ms", "trace_id" })
            problem.ShouldContain(name);
        problem.ShouldNotContain("retry");
        // What comes as an object must not be described as what it is in memory.
        schemas.TryGetProperty("MetadataJson", out var metadata).ShouldBeTrue();
        metadata.TryGetProperty("properties", out _).ShouldBeFalse();
        metadata.GetProperty("type").GetString().ShouldBe("object");
    }

    [Fact]
    public async Task An_answer_has_the_fields_that_are_described_and_no_others()
    {
        await using var alice = await place.NewUserAsync("alice");
        var schemas = (await ApiAsync()).GetProperty("components").GetProperty("schemas");
        Described("User", (await alice.GetAsync("users/me")).Body);
        var chat = await Place.NewGroupAsync(alice);
        await Place.SendAsync(alice, chat, "hello", metadata: new { a = 1 });
        Described("ChatView", (await alice.GetAsync($"chats/{chat}")).Body);
        Described("MessagesPage", (await alice.GetAsync($"chats/{chat}/messages")).Body);
        Described("Message", (await alice.GetAsync($"chats/{chat}/messages")).Body.GetProperty("messages")[0]);
        Described("Problem", (await alice.GetAsync("chats/nowhere")).Body);

        void Described(string schema, JsonElement answer) =>
            answer
                .EnumerateObject()
                .Select(p => p.Name)
                .ShouldBeSubsetOf(schemas.GetProperty(schema).GetProperty("properties").EnumerateObject().Select(p => p.Name));
    }

    [Fact]
    public async Task The_page_needs_no_other_host()
    {
        var page = await _http.GetStringAsync(new Uri("/docs/", UriKind.Relative), TestContext.Current.CancellationToken);
        Elsewhere().Matches(page).Select(m => m.Value).ShouldBeEmpty();
        var scripts = Source().Matches(page).Select(m => m.Groups["name"].Value).ToArray();
        scripts.ShouldNotBeEmpty();
        foreach (var script in scripts)
        {
            using var answer = await _http.GetAsync(new Uri(new Uri(place.Here, "/docs/"), script), TestContext.Current.CancellationToken);
            answer.IsSuccessStatusCode.ShouldBeTrue(script);
        }
    }

    private static IEnumerable<string> Names(JsonElement operation, string place) =>
        operation.TryGetProperty("parameters", out var all)
            ? all.EnumerateArray().Where(p => p.GetProperty("in").GetString() == place).Select(p => p.GetProperty("name").GetString()!)
            : [];

    private async Task<JsonElement> ApiAsync() =>
        JsonElement.Parse(await _http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken));

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Segment();

    [GeneratedRegex("^[a-z0-9]+(?:_[a-z0-9]+)*$", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex SnakeCase();

    [GeneratedRegex("""(?:https?:)?//[a-z0-9.-]+\.[a-z]{2,}[^"' ]*""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Elsewhere();

    [GeneratedRegex("""<(?:script|link)[^>]+(?:src|href)="(?<name>[^"]+)""", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Source();
}
