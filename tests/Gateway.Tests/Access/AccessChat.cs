using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>A chat with somebody in every column of the table, and messages of each of them.</summary>
internal sealed class AccessChat
{
    private const int Spare = 3;
    private const int Many = 20;
    private readonly Dictionary<string, List<string>> _messages = new(StringComparer.Ordinal);
    private readonly IReadOnlyDictionary<string, RawClient> _people;

    private AccessChat(string kind, string id, IReadOnlyDictionary<string, RawClient> people) => (Kind, Id, _people) = (kind, id, people);

    public string Kind { get; }

    public string Id { get; }

    /// <summary>Sees all that happens here.</summary>
    public RawClient Observer => _people["owner"];

    public static async Task<AccessChat> NewAsync(string kind, IReadOnlyDictionary<string, RawClient> people, bool withMessages)
    {
        var owner = people["owner"];
        string[] names = ["removed", "blocked", "guest", "member", "admin", "other", "deputy"];
        var created = await owner.PostAsync(
            "chats",
            new
            {
                type = kind == "private" ? "channel" : kind,
                name = "Us",
                member_ids = names.Select(n => people[n].UserId),
                settings = new { who_can_post = "everyone", visibility = kind == "private" ? kind : null },
            }
        );
        created.Status.ShouldBe(201, created.Body.ToString());
        var chat = new AccessChat(kind, created.Text("chat_id"), people);
        foreach (var (name, role) in new[] { ("admin", "admin"), ("deputy", "admin"), ("guest", "guest") })
            (await owner.PutAsync($"chats/{chat.Id}/members/{people[name].UserId}", new { role })).Status.ShouldBe(200);
        if (withMessages)
        {
            foreach (var name in names.Append("owner"))
                await chat.WriteAsync(name, name == "other" ? Many : Spare);
        }
        (await owner.DeleteAsync($"chats/{chat.Id}/members/{people["removed"].UserId}")).Status.ShouldBe(204);
        var posting = kind switch
        {
            "group" => "everyone",
            "broadcast" => "admins",
            _ => "members",
        };
        for (var i = 0; i < Spare; i++)
        {
            var update = new { name = $"We {i}", settings = new { who_can_post = posting } };
            (await owner.PatchAsync($"chats/{chat.Id}", update)).Status.ShouldBe(200);
        }
        var servers = await owner.GetAsync($"chats/{chat.Id}/messages?type=system&limit=200");
        chat._messages["server"] =
        [
            .. servers.Body.GetProperty("messages").EnumerateArray().Select(m => m.GetProperty("message_id").GetString()!),
        ];
        chat._messages["server"].Count.ShouldBeGreaterThan(Spare);
        return chat;
    }

    /// <summary>The chat of the owner and one other, with what both wrote.</summary>
    public static async Task<AccessChat> NewDirectAsync(string with, IReadOnlyDictionary<string, RawClient> people)
    {
        var created = await people["owner"].PostAsync("chats", new { type = "direct", member_ids = new[] { people[with].UserId } });
        created.Status.ShouldBe(201, created.Body.ToString());
        var chat = new AccessChat("direct", created.Text("chat_id"), people);
        await chat.WriteAsync(with, Spare);
        await chat.WriteAsync("owner", Many);
        chat._messages["other"] = chat._messages["owner"];
        return chat;
    }

    /// <summary>A message by who wrote it; one that may be taken away where <paramref name="usesUp"/>.</summary>
    public string Message(string by, bool usesUp)
    {
        var messages = _messages.TryGetValue(by, out var own) ? own : _messages["other"];
        if (!usesUp)
            return messages[0];
        messages.Count.ShouldBeGreaterThan(1, $"No message of {by} is left to be taken away.");
        var last = messages[^1];
        messages.RemoveAt(messages.Count - 1);
        return last;
    }

    public string User(string name) => _people[name].UserId!;

    /// <summary>All that its owner can see of it.</summary>
    public async Task<string> SnapshotAsync()
    {
        var answers = new List<string>();
        foreach (var path in new[] { "", "/members", "/messages?limit=200" })
        {
            var answer = await Observer.GetAsync($"chats/{Id}{path}");
            answer.Status.ShouldBe(200, answer.Body.ToString());
            answers.Add(answer.Body.GetRawText());
        }
        return string.Join('\n', answers);
    }

    private async Task WriteAsync(string name, int messages)
    {
        var ids = _messages[name] = [];
        for (var i = 0; i < messages; i++)
            ids.Add((await Place.SendAsync(_people[name], Id, $"{name} {i}")).GetProperty("message_id").GetString()!);
    }
}
