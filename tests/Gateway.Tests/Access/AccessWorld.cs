using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Access;

/// <summary>The people of the table, each connected, and one chat of each kind that denied calls leave as it was.</summary>
public sealed class AccessWorld(StandalonePlace place) : IAsyncLifetime
{
    private readonly Dictionary<string, RawClient> _people = new(StringComparer.Ordinal);
    private readonly Dictionary<string, RawHub> _hubs = new(StringComparer.Ordinal);
    private readonly Dictionary<string, AccessChat> _chats = new(StringComparer.Ordinal);

    public RawClient this[string name] => _people[name];

    public RawHub HubOf(string name) => _hubs[name];

    public async ValueTask InitializeAsync()
    {
        foreach (var name in Right.Columns.Concat(["other", "deputy", "newcomer"]))
        {
            _people[name] = await place.NewUserAsync(name);
            _hubs[name] = await _people[name].ConnectAsync();
        }
        foreach (var other in new[] { "member", "blocked" })
            _chats["direct " + other] = await AccessChat.NewDirectAsync(other, _people);
        (await _people["owner"].PutAsync($"users/me/blocks/{_people["blocked"].UserId}")).Status.ShouldBe(204);
    }

    /// <summary>The chat of a kind that all share; of direct chats the one that this person is in.</summary>
    internal async Task<AccessChat> ChatAsync(string kind, string person)
    {
        var key = kind == "direct" ? $"direct {(person == "blocked" ? person : "member")}" : kind;
        if (!_chats.TryGetValue(key, out var chat))
            _chats[key] = chat = await NewAsync(kind, withMessages: true);
        return chat;
    }

    /// <summary>A chat that is not as it was: the next who asks for its kind gets a new one. There is only one direct chat of two.</summary>
    internal void Forget(AccessChat chat)
    {
        if (chat.Kind != "direct")
            _chats.Remove(chat.Kind);
    }

    /// <summary>A chat that may be used up.</summary>
    internal Task<AccessChat> NewAsync(string kind, bool withMessages = false) => AccessChat.NewAsync(kind, _people, withMessages);

    public async ValueTask DisposeAsync()
    {
        foreach (var person in _people.Values)
            await person.DisposeAsync();
    }
}
