using System.Text.RegularExpressions;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Input;

/// <summary>What good calls need to be good: people, chats and messages, by the names that the tables use.</summary>
public sealed partial class InputWorld : IAsyncDisposable
{
    private readonly Dictionary<string, string> _names = new(StringComparer.Ordinal);
    private readonly List<RawClient> _people = [];

    private InputWorld() { }

    public RawClient Me { get; private set; } = null!;

    /// <summary>In none of the chats.</summary>
    public RawClient Stranger { get; private set; } = null!;

    public string this[string name]
    {
        get => _names[name];
        private set => _names[name] = value;
    }

    public static async Task<InputWorld> MakeAsync(Place place)
    {
        var world = new InputWorld();
        world.Me = await world.AddAsync(place, "me");
        world.Stranger = await world.AddAsync(place, "stranger");
        var bob = await world.AddAsync(place, "bob");
        var other = await Place.NewGroupAsync(world.Stranger);
        var chat = await Place.NewGroupAsync(world.Me);
        world["old_message_id"] = (await Place.SendAsync(world.Me, chat, "before Bob")).GetProperty("message_id").GetString()!;
        (await world.Me.PutAsync($"chats/{chat}/members/{bob.UserId}", new { role = "member" })).Status.ShouldBe(200);
        world["chat_id"] = chat;
        world["other_chat_id"] = other;
        world["message_id"] = (await Place.SendAsync(world.Me, chat, "hello")).GetProperty("message_id").GetString()!;
        world["other_message_id"] = (await Place.SendAsync(world.Stranger, other, "elsewhere")).GetProperty("message_id").GetString()!;
        var channel = await bob.PostAsync("chats", new { type = "channel", name = "Open" });
        world["channel_id"] = channel.Text("chat_id");
        world["me"] = world.Me.UserId!;
        world["user_id"] = bob.UserId!;
        world["emoji"] = "%F0%9F%91%8D";
        world["content"] = "A good text 👍";
        world["password"] = "correct horse battery";
        // Another session: what ends one must not end the calls of the test.
        await using var phone = new RawClient(place.Here);
        await phone.LoginAsync(world.Me.UserId!);
        world["session_id"] = (await phone.GetAsync("auth/sessions"))
            .Body.GetProperty("sessions")
            .EnumerateArray()
            .Single(s => s.GetProperty("current").GetBoolean())
            .GetProperty("session_id")
            .GetString()!;
        world["refresh"] = phone.RefreshToken!;
        world["access"] = world.Me.AccessToken!;
        LoggedSecrets.Used(phone.RefreshToken!, phone.AccessToken!, world.Me.RefreshToken!);
        return world;
    }

    /// <summary>The one who joined after the first message.</summary>
    public RawClient Bob => _people[^1];

    /// <summary>The text with every name in braces replaced; <c>{new}</c> is a new UUID and <c>{fresh}</c> a new id each time.</summary>
    public string Fill(string text, string chat = "chat_id") =>
        Name()
            .Replace(
                text,
                m =>
                    m.Groups["name"].Value switch
                    {
                        "new" => Place.NewId(),
                        "fresh" => "f" + Place.NewId()[1..],
                        "chat_id" => this[chat],
                        var name => this[name],
                    }
            );

    public async ValueTask DisposeAsync()
    {
        foreach (var person in _people)
            await person.DisposeAsync();
    }

    private async Task<RawClient> AddAsync(Place place, string name)
    {
        var person = await place.NewUserAsync(name);
        _people.Add(person);
        return person;
    }

    [GeneratedRegex(@"\{(?<name>[a-z_]+)\}", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 5_000)]
    private static partial Regex Name();
}
