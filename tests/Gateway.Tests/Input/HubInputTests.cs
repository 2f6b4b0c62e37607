using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Orleans.Chat.EndToEnd;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>Everything that <see cref="HubTable"/> knows of, made wrong in every way, over the JSON protocol.</summary>
public sealed class HubInputTests(InputFixture input) : IClassFixture<InputFixture>
{
    public static TheoryData<string> All => [.. HubTable.Calls.Select(c => c.Method)];

    [Theory, MemberData(nameof(All))]
    public async Task Every_field_made_wrong_is_refused_by_name_and_the_next_call_works(string method)
    {
        var call = HubTable.Calls.Single(c => c.Method == method);
        var world = await input.TakeAsync(call.UsesUp);
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        var wrong = new List<string>();
        foreach (var bad in call.Fields.SelectMany(BadValues.InBody))
        {
            var argument = JsonText.With(world.Fill(call.Argument!), bad.Field.Name, bad.Raw);
            await RefusedAsync(
                $"[{Wrap(call, argument)}]",
                bad.ToString(),
                bad.Code,
                call.IsList ? $"[0].{bad.Field.Name}" : bad.Field.Name
            );
        }
        foreach (var arguments in NoArguments(call, world))
            await RefusedAsync(arguments, arguments[..Math.Min(60, arguments.Length)], "validation_failed", null);
        if (call.Argument is not null)
            await RefusedAsync(
                $"[{Wrap(call, JsonText.With(world.Fill(call.Argument), "unknown", "\"\\ud800\""))}]",
                "a lone surrogate in an unknown field",
                "validation_failed",
                null
            );

        foreach (var good in Goods(call, world))
        {
            var answer = await hub.CallAsync(method, good);
            if (answer is not { } completion || completion.TryGetProperty("error", out _))
                wrong.Add($"the good call {good}: {answer}");
        }
        await input.ReturnAsync(world);
        wrong.ShouldBeEmpty($"{method}:\n{string.Join('\n', wrong)}");

        async Task RefusedAsync(string arguments, string what, string code, string? blamed)
        {
            var answer = await hub.CallAsync(method, arguments);
            if (Refusals.WrongWith(JsonSocket.ProblemOf(answer), code, blamed) is { } fault)
                wrong.Add($"{what}: {fault} {answer}");
            if (await hub.CallAsync("Ping", "[]") is not { } pong || !pong.TryGetProperty("result", out _))
                wrong.Add($"after {what}: no pong");
        }
    }

    public static TheoryData<string> WithFields => [.. HubTable.Calls.Where(c => c.Fields.Length > 0).Select(c => c.Method)];

    [Theory, MemberData(nameof(WithFields))]
    public async Task All_fields_of_a_wrong_type_are_told_at_once(string method)
    {
        var call = HubTable.Calls.Single(c => c.Method == method);
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        var (argument, fields) = call.AllOfWrongTypes(world);
        var problem = JsonSocket.ProblemOf(await hub.CallAsync(method, $"[{Wrap(call, argument)}]"));
        Refusals.WrongWith(problem, "validation_failed", null).ShouldBeNull();
        Refusals.Fields(problem).ShouldBe(fields, ignoreOrder: true);
    }

    [Fact]
    public async Task Of_a_list_each_entry_that_is_wrong_is_told_of()
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        var answer = await hub.CallAsync(
            "Acknowledge",
            """[[{"chat_id":5,"read_seq":"x"},{"chat_id":"c","read_seq":1},{"delivered_seq":true}]]"""
        );
        Refusals.Fields(JsonSocket.ProblemOf(answer)).ShouldBe(["[0].chat_id", "[0].read_seq", "[2].delivered_seq"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("NoSuchMethod")]
    [InlineData("SendMessage ")]
    [InlineData("$refused")]
    [InlineData("Refuse")]
    [InlineData("OnConnectedAsync")]
    [InlineData("Dispose")]
    [InlineData("ToString")]
    [InlineData("get_Context")]
    [InlineData("")]
    [InlineData("\\u0000")]
    [InlineData("\\u202e")]
    public async Task A_method_that_is_none_is_not_found_and_the_next_call_works(string method)
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        foreach (var arguments in new[] { "[]", "[{}]", "[1,2,3]", "[null]" })
            Refusals.WrongWith(JsonSocket.ProblemOf(await hub.CallAsync(method, arguments)), "not_found", null).ShouldBeNull();
        (await hub.CallAsync("Ping", "[]")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("""{"type":99}""")]
    [InlineData("""{"type":5,"invocationId":"nothing"}""")]
    [InlineData("""{"type":6}""")]
    public async Task A_call_in_the_packet_of_a_message_that_means_nothing_is_answered(string message)
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        await hub.SendAsync(message + "\u001e" + """{"type":1,"invocationId":"after","target":"Ping","arguments":[]}""");
        (await hub.AnswerAsync("after")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData("nonsense")]
    [InlineData("{")]
    [InlineData("[]")]
    [InlineData("5")]
    [InlineData("""{"type":"x"}""")]
    [InlineData("""{"type":1}""")]
    [InlineData("""{"type":1,"target":5,"arguments":[]}""")]
    [InlineData("""{"type":1,"target":"Ping","arguments":{}}""")]
    [InlineData("""{"type":1,"target":"\ud800","arguments":[]}""")]
    [InlineData("""{"type":4,"invocationId":"1","target":"Ping","arguments":[]}""")]
    [InlineData("""{"type":5,"invocationId":"nothing"}""")]
    [InlineData("""{"type":3,"invocationId":"nothing","result":1}""")]
    [InlineData("""{"type":2,"invocationId":"nothing","item":1}""")]
    public async Task What_is_no_message_ends_at_most_its_own_connection(string message)
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        await hub.SendAsync(message);
        // Answered, ignored or closed: what can be said of it depends on what can be read of it.
        await Should.NotThrowAsync(() => hub.CallAsync("Ping", "[]"));

        await using var next = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        (await next.CallAsync("Ping", "[]")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
    }

    [Theory]
    [InlineData(20_000, "x")]
    [InlineData(20_000, "\\u0041")]
    [InlineData(70, "x")]
    [InlineData(40, "\\u0041")]
    public async Task A_deep_argument_is_refused_and_the_next_call_works(int depth, string inside)
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        var deep = new string('[', depth) + $"\"{inside}\"" + new string(']', depth);
        // What is not read may be as deep as SignalR goes.
        foreach (var field in depth > 64 ? new[] { "metadata", "unknown" } : ["metadata"])
        {
            var argument = JsonText.With(world.Fill(HubTable.Calls[0].Argument!), field, $$"""{"a":{{deep}}}""");
            Refusals
                .WrongWith(JsonSocket.ProblemOf(await hub.CallAsync("SendMessage", $"[{argument}]")), "validation_failed", null)
                .ShouldBeNull();
        }
        (await hub.CallAsync("Ping", "[]")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
    }

    [Fact]
    public async Task A_message_over_1_MB_closes_its_connection()
    {
        var world = await input.TakeAsync();
        await using var hub = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        (await hub.CallAsync("Typing", $$"""[{"unknown":"{{new string('x', 1024 * 1024)}}"}]""")).ShouldBeNull();
        await using var next = await JsonSocket.ConnectAsync(input.Place.Here, world.Me.AccessToken);
        (await next.CallAsync("Ping", "[]")).ShouldNotBeNull();
    }

    [Theory]
    [InlineData(HttpTransportType.WebSockets)]
    [InlineData(HttpTransportType.ServerSentEvents)]
    [InlineData(HttpTransportType.LongPolling)]
    public async Task Each_transport_refuses_with_the_same_problems(HttpTransportType transport)
    {
        var world = await input.TakeAsync();
        await using var hub = await Place.ConnectAsync(world.Me, transport);
        var wrong = new List<string>();
        foreach (var call in HubTable.Calls.Where(c => c.Argument is not null))
        {
            foreach (
                var bad in call.Fields.SelectMany(f =>
                    BadValues
                        .WrongTypes(f)
                        .Take(2)
                        .Concat(BadValues.OutOfRules(f).Where(b => !b.Raw!.Contains("\\ud", StringComparison.Ordinal)))
                )
            )
            {
                var argument = JsonElement.Parse(Wrap(call, JsonText.With(world.Fill(call.Argument!), bad.Field.Name, bad.Raw)));
                var problem = await RefusedAsync(call.Method, argument);
                if (Refusals.WrongWith(problem, bad.Code, call.IsList ? $"[0].{bad.Field.Name}" : bad.Field.Name) is { } fault)
                    wrong.Add($"{call.Method} {bad}: {fault}");
            }
        }
        if (Refusals.WrongWith(await RefusedAsync("NoSuchMethod", null), "not_found", null) is { } unknown)
            wrong.Add(unknown);
        wrong.ShouldBeEmpty(string.Join('\n', wrong));
        (await hub.InvokeAsync("Ping")).GetProperty("server_time").GetString().ShouldNotBeNull();

        async Task<JsonElement> RefusedAsync(string method, object? argument)
        {
            try
            {
                return await hub.RefusedAsync(method, argument);
            }
            catch (InvalidOperationException)
            {
                return default;
            }
        }
    }

    private static string Wrap(HubCall call, string argument) => call.IsList ? $"[{argument}]" : argument;

    private static IEnumerable<string> NoArguments(HubCall call, InputWorld world)
    {
        if (call.Argument is null)
        {
            yield return "[{}]";
            yield return "[null]";
            yield break;
        }
        var good = Wrap(call, world.Fill(call.Argument));
        foreach (var other in new[] { "5", "1e400", "\"x\"", "true", "[5]", "[[]]", call.IsList ? "{}" : "[]" })
            yield return $"[{other}]";
        yield return "[]";
        yield return $"[{good},{good}]";
        yield return $"[{good},null]";
        if (!call.ArgumentMayBeNull)
            yield return "[null]";
    }

    private static IEnumerable<string> Goods(HubCall call, InputWorld world)
    {
        if (call.Argument is null)
        {
            yield return "[]";
            yield break;
        }
        foreach (var field in call.Fields.Where(f => !f.Required && !(call.IsList && f.Kind == FieldKind.Int)))
            yield return $"[{Wrap(call, JsonText.With(world.Fill(call.Argument), field.Name, "null"))}]";
        yield return $"[{Wrap(call, JsonText.With(world.Fill(call.Argument), "unknown", """{"a":[1]}"""))}]";
        if (call.ArgumentMayBeNull)
            yield return "[null]";
        yield return $"[{Wrap(call, world.Fill(call.Argument))}]";
    }
}
