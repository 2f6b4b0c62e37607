using System.Text.Json;
using MessagePack;
using MessagePack.Resolvers;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Protocol.MessagePack;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>The same over MessagePack, and the types that only it has.</summary>
public sealed class PackedInputTests(InputFixture input) : IClassFixture<InputFixture>
{
    private static readonly MessagePackSerializerOptions Packed = MessagePackSerializerOptions.Standard.WithResolver(
        CompositeResolver.Create(ProtocolMessagePack.Options.Resolver, StandardResolver.Instance)
    );

    public static TheoryData<string> All => [.. HubTable.Calls.Where(c => c.Argument is not null).Select(c => c.Method)];

    [Theory, MemberData(nameof(All))]
    public async Task Every_field_made_wrong_is_refused_by_name_and_the_next_call_works(string method)
    {
        var call = HubTable.Calls.Single(c => c.Method == method);
        var world = await input.TakeAsync(call.UsesUp);
        await using var hub = await ConnectAsync(world);
        var wrong = new List<string>();
        foreach (var bad in call.Fields.SelectMany(BadValues.InBody).Where(b => b.Raw is null || CanBePacked(b.Raw)))
        {
            var argument = JsonElement.Parse(JsonText.With(world.Fill(call.Argument!), bad.Field.Name, bad.Raw));
            // What cannot be read at all is blamed on the whole.
            var blamed =
                bad.Raw is { } raw && raw.Contains("1e400", StringComparison.Ordinal) ? null
                : call.IsList ? $"[0].{bad.Field.Name}"
                : bad.Field.Name;
            await RefusedAsync(bad.ToString(), bad.Code, blamed, call.IsList ? new[] { argument } : argument);
        }
        foreach (var (what, value) in OnlyPacked())
        {
            foreach (var field in call.Fields.Where(f => !f.Name.Contains('.', StringComparison.Ordinal)))
            {
                var map = Map(JsonElement.Parse(world.Fill(call.Argument!)));
                map[field.Name] = value;
                await RefusedAsync($"{field.Name} is {what}", "validation_failed", null, call.IsList ? new[] { map } : map);
            }
            await RefusedAsync($"the argument is {what}", "validation_failed", null, value);
        }
        await RefusedAsync("too many", "validation_failed", null, Map(JsonElement.Parse("{}")), Map(JsonElement.Parse("{}")));
        await RefusedAsync("none", "validation_failed", null);

        var good = JsonElement.Parse(world.Fill(call.Argument!));
        await hub.InvokeCoreAsync<object>(method, [call.IsList ? new[] { good } : good], TestContext.Current.CancellationToken);
        await input.ReturnAsync(world);
        wrong.ShouldBeEmpty($"{method}:\n{string.Join('\n', wrong)}");

        async Task RefusedAsync(string what, string code, string? blamed, params object?[] arguments)
        {
            try
            {
                await hub.InvokeCoreAsync<object>(method, arguments, CancellationToken.None);
                wrong.Add($"{what}: was not refused");
            }
            catch (HubException refused)
            {
                if (Refusals.WrongWith(RawHub.ProblemOf(refused), code, blamed) is { } fault)
                    wrong.Add($"{what}: {fault}");
            }
        }
    }

    public static TheoryData<string> WithFields => [.. HubTable.Calls.Where(c => c.Fields.Length > 0).Select(c => c.Method)];

    [Theory, MemberData(nameof(WithFields))]
    public async Task All_fields_of_a_wrong_type_are_told_at_once(string method)
    {
        var call = HubTable.Calls.Single(c => c.Method == method);
        var world = await input.TakeAsync();
        await using var hub = await ConnectAsync(world);
        var (json, fields) = call.AllOfWrongTypes(world);
        var argument = JsonElement.Parse(json);
        var refused = await Should.ThrowAsync<HubException>(
            hub.InvokeCoreAsync<object>(method, [call.IsList ? new[] { argument } : argument], TestContext.Current.CancellationToken)
        );
        Refusals.Fields(RawHub.ProblemOf(refused)).ShouldBe(fields, ignoreOrder: true);
    }

    [Fact]
    public async Task A_method_that_is_none_is_not_found()
    {
        var world = await input.TakeAsync();
        await using var hub = await ConnectAsync(world);
        var refused = await Should.ThrowAsync<HubException>(
            hub.InvokeAsync<object>("NoSuchMethod", 5, TestContext.Current.CancellationToken)
        );
        Refusals.WrongWith(RawHub.ProblemOf(refused), "not_found", null).ShouldBeNull();
    }

    private static IEnumerable<(string What, object? Value)> OnlyPacked() =>
        [
            ("binary", new byte[] { 1, 2, 3 }),
            ("a timestamp", DateTime.UnixEpoch),
            ("not a number", double.NaN),
            ("infinite", float.PositiveInfinity),
            ("a map with numbers as keys", new Dictionary<int, int> { [1] = 1 }),
            ("sixty lists in each other", Enumerable.Range(0, 60).Aggregate((object?)null, (inner, _) => new[] { inner })),
        ];

    // A text of .NET has no lone surrogates left once it is UTF-8.
    private static bool CanBePacked(string raw) => !raw.Contains("\\ud", StringComparison.Ordinal);

    private static Dictionary<string, object?> Map(JsonElement json) =>
        json.EnumerateObject().ToDictionary(m => m.Name, m => Plain(m.Value), StringComparer.Ordinal);

    private static object? Plain(JsonElement json) =>
        json.ValueKind switch
        {
            JsonValueKind.Object => Map(json),
            JsonValueKind.Array => json.EnumerateArray().Select(Plain).ToArray(),
            JsonValueKind.String => json.GetString(),
            JsonValueKind.Number => json.GetInt64(),
            JsonValueKind.Null => null,
            _ => json.GetBoolean(),
        };

    private async Task<HubConnection> ConnectAsync(InputWorld world)
    {
        var hub = new HubConnectionBuilder()
            .WithUrl(new Uri(input.Place.Here, "/hubs/chat"), o => o.AccessTokenProvider = () => Task.FromResult(world.Me.AccessToken))
            .AddMessagePackProtocol(o => o.SerializerOptions = Packed)
            .Build();
        await hub.StartAsync(TestContext.Current.CancellationToken);
        return hub;
    }
}
