using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Orleans.Chat.Gateway.Tests.Input;

namespace Orleans.Chat.EndToEnd;

/* A word that is nowhere else, in everything that a client can send: contents, names, metadata, passwords, tokens, tickets, cursors, in calls that succeed,
 * that are refused and that fail for want of a database; and with it line ends, so that what was written as one record would show as two. */
public sealed class CanaryTests(CanaryTests.Talkative place) : IClassFixture<CanaryTests.Talkative>
{
    private const string Canary = "canary-7f3a";
    private const string Record = "\r\nfail: Forged[0]\r\n{\"level\":\"fatal\",\"message\":\"" + Canary + "\"}\n";

    public sealed class Talkative : StandalonePlace
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Logging__LogLevel__Default"] = "Debug" };

        /// <summary>From here on nothing can be read or written.</summary>
        public async Task RuinDatabaseAsync()
        {
            foreach (var file in Directory.GetFiles(Folder, "*.db*"))
            {
                await using var stream = new FileStream(file, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete);
                var nonsense = new byte[stream.Length];
                Random.Shared.NextBytes(nonsense);
                await stream.WriteAsync(nonsense);
            }
        }
    }

    [Fact]
    public async Task Nothing_that_a_client_sends_is_written_whether_it_is_taken_refused_or_fails()
    {
        await using var world = await InputWorld.MakeAsync(place);
        var statuses = new List<int>();
        foreach (var call in RestTable.Calls.Where(c => !c.UsesUp))
            await RestAsync(world, call, statuses);
        await OddHeadersAsync(world);
        await HubAsync(world);
        statuses.Count(s => s < 300).ShouldBeGreaterThan(40);
        statuses.Count(s => s is >= 400 and < 500).ShouldBeGreaterThan(100);

        await place.RuinDatabaseAsync();
        statuses.Clear();
        foreach (var call in RestTable.Calls.Where(c => !c.UsesUp))
            await RestAsync(world, call, statuses);
        await HubAsync(world);
        statuses.Count(s => s >= 500).ShouldBeGreaterThan(10);

        var log = await place.LogAsync();
        // It was talkative, and it was told of the fault.
        log.ShouldContain("dbug: ");
        log.ShouldContain("fail: ");
        LoggedSecrets.ShouldBeNoneIn(log, [Canary, "Forged"]);
    }

    private static async Task RestAsync(InputWorld world, RestCall call, List<int> statuses)
    {
        foreach (var field in call.Fields)
        {
            foreach (var text in Texts(field))
            {
                var (query, body) = (call.Query, call.Body);
                var header = field.Place == FieldPlace.Header ? text : null;
                if (field.Place == FieldPlace.Query)
                    query = $"?{field.Name}={Uri.EscapeDataString(text)}";
                else if (field.Place == FieldPlace.Body)
                    body = JsonText.With(body!, field.Name, Raw(field, text));
                await SendAsync(query, body, header);
            }
        }
        await SendAsync(call.Query, call.Body is null ? null : $"{{\"{Canary}\":\"{Canary}");
        await SendAsync(call.Query, call.Body is null ? null : JsonText.With(call.Body, "unknown", $"\"{Canary}\""));

        async Task SendAsync(string query, string? body, string? header = null)
        {
            // What a reaction is lies in the path.
            var path = call.Path.Replace("{emoji}", Uri.EscapeDataString(Canary + "\r\n"), StringComparison.Ordinal);
            using var request = new HttpRequestMessage(
                new HttpMethod(call.Method),
                new Uri(world.Me.Server, "/api/v1" + world.Fill(path + query, call.Chat))
            );
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", world.Me.AccessToken);
            if (header is not null)
                request.Headers.TryAddWithoutValidation("Idempotency-Key", header.ReplaceLineEndings(" "));
            if (body is not null)
                request.Content = new StringContent(world.Fill(body, call.Chat), Encoding.UTF8, "application/json");
            using var answer = await world.Me.Http.SendAsync(request);
            statuses.Add((int)answer.StatusCode);
        }
    }

    /// <summary>Where tokens stand, and where they do not belong.</summary>
    private static async Task OddHeadersAsync(InputWorld world)
    {
        foreach (
            var (name, value) in new[]
            {
                ("Authorization", "Bearer " + Canary),
                ("Authorization", $"Bearer {Canary}.{Canary}.{Canary}"),
                ("Authorization", "Basic " + Canary),
                ("Authorization", Canary),
                ("Cookie", "session=" + Canary),
                ("X-Forwarded-For", Canary),
                ("Origin", "https://" + Canary),
                ("Content-Encoding", Canary),
            }
        )
        {
            foreach (var path in new[] { "/api/v1/users/me", "/api/v1/messages", "/hubs/chat/negotiate", "/nowhere" })
            {
                foreach (var query in new[] { "", "access_token=", "ticket=", "token=" })
                {
                    using var request = new HttpRequestMessage(HttpMethod.Post, new Uri(world.Me.Server, $"{path}?{query}{Canary}"));
                    request.Content = new StringContent($"{{\"content\":\"{Canary}\"}}", Encoding.UTF8, "application/json");
                    request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", world.Me.AccessToken);
                    if (name == "Authorization")
                        request.Headers.Authorization = null;
                    (name == "Content-Encoding" ? (HttpHeaders)request.Content.Headers : request.Headers)
                        .TryAddWithoutValidation(name, value)
                        .ShouldBeTrue();
                    using var answer = await world.Me.Http.SendAsync(request);
                    ((int)answer.StatusCode).ShouldBeInRange(200, 499, path);
                }
            }
        }
    }

    private static async Task HubAsync(InputWorld world)
    {
        foreach (var call in HubTable.Calls.Where(c => c.Argument is not null))
        {
            // One for each method: what closes a connection must not spare the others.
            await using var socket = await TryConnectAsync(world);
            if (socket is null)
                return;
            foreach (var field in call.Fields)
            {
                foreach (var text in Texts(field))
                {
                    var argument = JsonText.With(world.Fill(call.Argument!), field.Name, Raw(field, text));
                    await socket.CallAsync(call.Method, call.IsList ? $"[[{argument}]]" : $"[{argument}]");
                }
            }
            await socket.CallAsync(Canary + "\\r\\nfail: Forged[0]", $"[\"{Canary}\"]");
            await socket.SendAsync($"{{\"type\":1,\"target\":\"{call.Method}\",\"arguments\":[\"{Canary}");
        }
    }

    private static async Task<JsonSocket?> TryConnectAsync(InputWorld world)
    {
        try
        {
            return await JsonSocket.ConnectAsync(world.Me.Server, world.Me.AccessToken);
        }
        catch (Exception refused) when (refused is System.Net.WebSockets.WebSocketException or ShouldAssertException)
        {
            return null;
        }
    }

    /// <summary>One that is good where any text is, one with line ends, and one that is too long for anything. Good ids are for logs.</summary>
    private static string[] Texts(Field field) =>
        field.Kind switch
        {
            FieldKind.Int or FieldKind.Bool => [Canary],
            FieldKind.Id or FieldKind.Ids => ["no id: " + Canary, Canary + Record],
            _ => [Canary, Canary + Record, Canary + new string('x', 17_000)],
        };

    private static string Raw(Field field, string text)
    {
        var json = JsonSerializer.Serialize(text);
        return field.Kind switch
        {
            FieldKind.Ids => $"[{json}]",
            FieldKind.Metadata or FieldKind.Object => $"{{{json}:{json}}}",
            _ => json,
        };
    }
}
