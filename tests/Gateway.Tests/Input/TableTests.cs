using System.Reflection;
using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Hubs;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>The tables know every call and every field, so that a new one cannot be forgotten.</summary>
public sealed class TableTests(StandalonePlace place)
{
    private static readonly string[] Inherited = ["OnConnectedAsync", "OnDisconnectedAsync", "Dispose"];

    [Fact]
    public async Task Every_call_of_the_description_has_a_row_with_its_fields()
    {
        var api = await DescriptionAsync();
        var described = new Dictionary<string, string[]>(StringComparer.Ordinal);
        foreach (var path in api.GetProperty("paths").EnumerateObject())
        {
            foreach (var operation in path.Value.EnumerateObject())
                described[$"{operation.Name.ToUpperInvariant()} {path.Name["/api/v1".Length..]}"] =
                [
                    .. Fields(api, operation.Value).Order(StringComparer.Ordinal),
                ];
        }

        RestTable.Calls.Select(c => c.Name).ShouldBe(described.Keys, ignoreOrder: true);
        foreach (var call in RestTable.Calls)
            Rows(call.Fields).ShouldBe(described[call.Name], customMessage: call.Name);
    }

    [Fact]
    public void Every_method_of_the_hub_has_a_row_with_its_fields()
    {
        var methods = typeof(ChatHub)
            .GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly)
            .Where(m => !Inherited.Contains(m.Name) && m.Name != nameof(ChatHub.Refuse))
            .ToDictionary(m => m.Name, m => m.GetParameters().SingleOrDefault()?.ParameterType);

        HubTable.Calls.Select(c => c.Method).ShouldBe(methods.Keys, ignoreOrder: true);
        foreach (var call in HubTable.Calls)
        {
            var argument = methods[call.Method];
            (call.Argument is null).ShouldBe(argument is null, call.Method);
            (argument?.IsArray ?? false).ShouldBe(call.IsList, call.Method);
            var type = call.IsList ? argument!.GetElementType()! : argument;
            var names =
                type?.GetProperties(BindingFlags.Public | BindingFlags.Instance)
                    .Select(p => JsonNamingPolicy.SnakeCaseLower.ConvertName(p.Name))
                ?? [];
            Rows(call.Fields).ShouldBe([.. names.Order(StringComparer.Ordinal)], customMessage: call.Method);
        }
    }

    private static string[] Rows(IEnumerable<Field> fields) =>
        [.. fields.Select(f => f.Name.Split('.')[0]).Distinct().Order(StringComparer.Ordinal)];

    private static IEnumerable<string> Fields(JsonElement api, JsonElement operation)
    {
        if (operation.TryGetProperty("parameters", out var parameters))
        {
            foreach (var parameter in parameters.EnumerateArray().Where(p => p.GetProperty("in").GetString() != "path"))
                yield return parameter.GetProperty("name").GetString()!;
        }
        if (!operation.TryGetProperty("requestBody", out var body))
            yield break;
        var schema = body.GetProperty("content").GetProperty("application/json").GetProperty("schema");
        if (schema.TryGetProperty("$ref", out var reference))
            schema = api.GetProperty("components").GetProperty("schemas").GetProperty(reference.GetString()!.Split('/')[^1]);
        foreach (var property in schema.GetProperty("properties").EnumerateObject())
            yield return property.Name;
    }

    private async Task<JsonElement> DescriptionAsync()
    {
        using var http = new HttpClient { BaseAddress = place.Here };
        return JsonElement.Parse(
            await http.GetStringAsync(new Uri("/openapi/v1.json", UriKind.Relative), TestContext.Current.CancellationToken)
        );
    }
}
