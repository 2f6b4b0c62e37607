using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;

namespace Orleans.Chat.Load.Population;

/* Our server, by its public API alone: so the load can be put on any that runs. Passwords are hashed as they are configured there: start it with
 * Auth__PasswordIterations=1000 for many users, and with a long Auth__AccessTokenSeconds for a long run. */
internal sealed class ChatServer(IReadOnlyList<Uri> servers) : ITarget, IDisposable
{
    private const int Parallel = 32;
    private const int AtCreation = 999;
    private const int MaxTries = 20;
    private readonly string _run = Convert.ToHexStringLower(System.Security.Cryptography.RandomNumberGenerator.GetBytes(4));
    private readonly HttpClient _http = new(new SocketsHttpHandler { MaxConnectionsPerServer = Parallel * 2 })
    {
        Timeout = TimeSpan.FromSeconds(60),
    };
    private int _users;
    private int _chats;

    public async Task<LoadUser[]> UsersAsync(int count, CancellationToken cancellationToken)
    {
        var first = _users;
        _users += count;
        var users = new LoadUser[count];
        await InParallelAsync(
            count,
            async i =>
            {
                var (number, server) = (first + i, servers[(first + i) % servers.Count]);
                var id = $"load-{_run}-{number}";
                var body = new JsonObject { ["user_id"] = id, ["password"] = "a password of load" };
                var login = body.DeepClone().AsObject();
                body["display_name"] = $"Load {number}";
                // A repeat of a registration whose answer was lost finds the id taken, by itself.
                var tokens =
                    await CallAsync(HttpMethod.Post, server, "auth/register", null, body, cancellationToken)
                    ?? await CallAsync(HttpMethod.Post, server, "auth/login", null, login, cancellationToken);
                users[i] = new LoadUser(number, id, tokens!["access_token"]!.GetValue<string>(), server);
            },
            cancellationToken
        );
        return users;
    }

    public async Task<LoadChat> ChatAsync(bool direct, LoadUser[] members, CancellationToken cancellationToken)
    {
        var owner = members[0];
        var invited = new JsonArray([.. members.Skip(1).Take(AtCreation).Select(m => (JsonNode)m.Id)]);
        var body = new JsonObject { ["type"] = direct ? "direct" : "group", ["member_ids"] = invited };
        if (!direct)
        {
            body["chat_id"] = $"load-{_run}-c{Interlocked.Increment(ref _chats)}";
            body["name"] = "Load";
        }
        var chat = await CallAsync(HttpMethod.Post, owner.Server, "chats", owner, body, cancellationToken);
        // A repeat of a creation whose answer was lost finds the id taken, by itself.
        var id = chat?["chat_id"]!.GetValue<string>() ?? body["chat_id"]!.GetValue<string>();
        LoadUser[] late = [.. members.Skip(1 + AtCreation)];
        await InParallelAsync(
            late.Length,
            i => CallAsync(HttpMethod.Put, owner.Server, $"chats/{id}/members/{late[i].Id}", owner, new JsonObject(), cancellationToken),
            cancellationToken
        );
        return new LoadChat(id, [.. members.Select(m => m.Number)]);
    }

    public static Task InParallelAsync(int count, Func<int, Task> work, CancellationToken cancellationToken) =>
        System.Threading.Tasks.Parallel.ForEachAsync(
            Enumerable.Range(0, count),
            new ParallelOptions { MaxDegreeOfParallelism = Parallel, CancellationToken = cancellationToken },
            async (i, _) => await work(i)
        );

    public void Dispose() => _http.Dispose();

    /// <summary>The answer; null where a repeat found that the first try had worked.</summary>
    private async Task<JsonNode?> CallAsync(
        HttpMethod method,
        Uri server,
        string path,
        LoadUser? caller,
        JsonObject body,
        CancellationToken cancellationToken
    )
    {
        for (var tries = 1; ; tries++)
        {
            using var request = new HttpRequestMessage(method, new Uri(server, "/api/v1/" + path)) { Content = JsonContent.Create(body) };
            if (caller is not null)
                request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", caller.Token);
            using var answer = await _http.SendAsync(request, cancellationToken);
            var text = await answer.Content.ReadAsStringAsync(cancellationToken);
            if (answer.IsSuccessStatusCode)
                return JsonNode.Parse(text);
            if (tries > 1 && answer.StatusCode == HttpStatusCode.Conflict)
                return null;
            if (tries == MaxTries || answer.StatusCode is not (HttpStatusCode.ServiceUnavailable or HttpStatusCode.TooManyRequests))
                throw new InvalidOperationException($"{method} {path} answered {(int)answer.StatusCode}: {text}");
            await Task.Delay(TimeSpan.FromMilliseconds(500), TimeProvider.System, cancellationToken);
        }
    }
}
