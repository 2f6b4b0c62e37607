using System.Text.Json;
using Microsoft.AspNetCore.Http.Connections;
using Orleans.Chat.Support;

namespace Orleans.Chat.EndToEnd;

/// <summary>A running server with its gateways; the scenarios put one user here and another there.</summary>
public abstract class Place
{
    private int _users;

    /// <summary>The first gateway and the last: the same one where there is only one.</summary>
    public abstract Uri Here { get; }

    public abstract Uri There { get; }

    /// <summary>A new user, signed in; names are never used twice.</summary>
    public async Task<RawClient> NewUserAsync(string name, Uri? gateway = null)
    {
        var client = new RawClient(gateway ?? Here);
        await client.RegisterAsync($"{name}-{Interlocked.Increment(ref _users)}-{Guid.CreateVersion7().ToString("N")[20..]}");
        return client;
    }

    public static string NewId() => Guid.CreateVersion7().ToString();

    public static async Task<string> NewGroupAsync(RawClient owner, params RawClient[] members)
    {
        var chat = await owner.PostAsync(
            "chats",
            new
            {
                type = "group",
                name = "Us",
                member_ids = members.Select(m => m.UserId).ToArray(),
            }
        );
        chat.Status.ShouldBe(201, chat.Body.ToString());
        return chat.Text("chat_id");
    }

    public static async Task<JsonElement> SendAsync(
        RawClient sender,
        string chat,
        string content,
        string? messageId = null,
        object? metadata = null
    )
    {
        var sent = await sender.PostAsync(
            "messages",
            new
            {
                chat_id = chat,
                content,
                type = "text",
                message_id = messageId,
                metadata,
            }
        );
        sent.Status.ShouldBe(201, sent.Body.ToString());
        return sent.Body;
    }

    public static async Task<string[]> ContentsAsync(RawClient reader, string chat)
    {
        var page = await reader.GetAsync($"chats/{chat}/messages?limit=200");
        page.Status.ShouldBe(200, page.Body.ToString());
        return [.. page.Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("content").GetString()!)];
    }

    public static string[] Pushed(RawHub hub, string chat) =>
        [
            .. hub
                .Events.OfType("message.created")
                .Where(e => e.GetProperty("chat_id").GetString() == chat)
                .Select(e => e.GetProperty("message").GetProperty("content").GetString()!),
        ];

    public static Task<JsonElement> MessageAsync(RawHub hub, string chat, string content) =>
        hub.Events.WaitForAsync(e =>
            e.GetProperty("type").GetString() == "message.created"
            && e.GetProperty("chat_id").GetString() == chat
            && e.GetProperty("message").GetProperty("content").GetString() == content
        );

    public static async Task<RawHub> ConnectAsync(RawClient client, HttpTransportType transport)
    {
        var hub = new RawHub(client.Server, () => client.AccessToken, null, transport);
        await hub.StartAsync();
        await hub.Events.WaitForTypeAsync("hello");
        return hub;
    }
}
