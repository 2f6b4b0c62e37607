using System.ComponentModel;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Reports;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class SyncSettings : LoadSettings
{
    [CommandOption("--users <N>")]
    [DefaultValue(100)]
    public int Users { get; init; } = 100;

    [CommandOption("--chats-each <N>")]
    [Description("Chats that every user is in")]
    [DefaultValue(100)]
    public int ChatsEach { get; init; } = 100;

    [CommandOption("--changed <N>")]
    [Description("How many of a user's chats were written to while it was away")]
    [DefaultValue(5)]
    public int Changed { get; init; } = 5;

    [CommandOption("--messages <N>")]
    [Description("Messages in each of those")]
    [DefaultValue(20)]
    public int Messages { get; init; } = 20;

    [CommandOption("--at-once <N>")]
    [DefaultValue(16)]
    public int AtOnce { get; init; } = 16;
}

/// <summary>Users that come back: a sync by the token that they left with, and the changes of every chat that it names.</summary>
[Description("Users that were away: one sync, and the changes of the chats that it names")]
internal sealed class SyncCommand : AsyncCommand<SyncSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, SyncSettings settings, CancellationToken cancellationToken)
    {
        var (processes, servers) = settings.Resolve();
        using var target = new ChatServer(servers);
        var users = await target.UsersAsync(settings.Users, cancellationToken);
        var writer = (await target.UsersAsync(1, cancellationToken))[0];
        var chats = new LoadChat[settings.Users * settings.ChatsEach];
        await ChatServer.InParallelAsync(
            chats.Length,
            async i => chats[i] = await target.ChatAsync(direct: false, [writer, users[i % users.Length]], cancellationToken),
            cancellationToken
        );
        using var http = new HttpClient(new SocketsHttpHandler { MaxConnectionsPerServer = settings.AtOnce * 2 });
        var tokens = new string[users.Length];
        await ChatServer.InParallelAsync(users.Length, async i => tokens[i] = await LastAsync(http, users[i]), cancellationToken);
        await ChatServer.InParallelAsync(
            users.Length * settings.Changed * settings.Messages,
            i => SendAsync(http, writer, chats[i % (users.Length * settings.Changed)].Id, settings.Bytes),
            cancellationToken
        );

        long changes = 0;
        var result = await new ClosedLoop(settings, processes).RunAsync(
            "sync after being away",
            "syncs",
            settings.AtOnce,
            async number =>
            {
                var user = users[number % users.Length];
                var page = await SyncAsync(http, user, tokens[number % users.Length]);
                foreach (var chat in page["chats"]!.AsArray())
                {
                    var (id, head) = (chat!["chat_id"]!.GetValue<string>(), chat["revision"]!.GetValue<long>());
                    var after = head - settings.Messages;
                    var answer = await CallAsync(http, user, HttpMethod.Get, $"chats/{id}/changes?after_revision={after}", null);
                    Interlocked.Add(ref changes, answer["changes"]!.AsArray().Count);
                }
            }
        );
        result.Figures["changes_read"] = changes;
        Summary.Show(result);
        if (settings.Out is { } file)
            result.Write(file);
        return 0;
    }

    private static async Task<string> LastAsync(HttpClient http, LoadUser user)
    {
        JsonNode page = await SyncAsync(http, user, null);
        while (page["has_more"]!.GetValue<bool>())
            page = await SyncAsync(http, user, page["next"]!.GetValue<string>());
        return page["next"]!.GetValue<string>();
    }

    private static Task<JsonNode> SyncAsync(HttpClient http, LoadUser user, string? since) =>
        CallAsync(http, user, HttpMethod.Post, "sync", new JsonObject { ["since"] = since });

    private static Task<JsonNode> SendAsync(HttpClient http, LoadUser user, string chat, int bytes) =>
        CallAsync(
            http,
            user,
            HttpMethod.Post,
            "messages",
            new JsonObject
            {
                ["chat_id"] = chat,
                ["content"] = new string('x', bytes),
                ["type"] = "text",
            }
        );

    private static async Task<JsonNode> CallAsync(HttpClient http, LoadUser user, HttpMethod method, string path, JsonObject? body)
    {
        using var request = new HttpRequestMessage(method, new Uri(user.Server, "/api/v1/" + path));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", user.Token);
        if (body is not null)
            request.Content = JsonContent.Create(body);
        using var answer = await http.SendAsync(request);
        var text = await answer.Content.ReadAsStringAsync();
        return answer.IsSuccessStatusCode
            ? JsonNode.Parse(text)!
            : throw new InvalidOperationException($"{path} answered {(int)answer.StatusCode}: {text}");
    }
}
