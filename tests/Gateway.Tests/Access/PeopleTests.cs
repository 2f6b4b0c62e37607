using System.Text.Json;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Access;

/* What concerns another user: who finds it, sees it there, brings it into a chat. A stranger shares no chat with the owner; a member does; the one
 * who is blocked does too, and the owner blocks it; the blocker blocks the owner. */
public sealed class PeopleTests(PeopleTests.People people) : IClassFixture<PeopleTests.People>
{
    public sealed class People(StandalonePlace place) : IAsyncLifetime
    {
        private readonly Dictionary<string, RawClient> _all = new(StringComparer.Ordinal);

        public RawClient this[string name] => _all[name];

        public Dictionary<string, string> Chats { get; } = new(StringComparer.Ordinal);

        public async ValueTask InitializeAsync()
        {
            foreach (var name in new[] { "owner", "stranger", "newcomer", "removed", "member", "blocked", "blocker" })
                _all[name] = await place.NewUserAsync(name);
            foreach (var (kind, settings) in new[] { ("group", null), ("channel", "private"), ("broadcast", "public") })
            {
                var created = await this["owner"]
                    .PostAsync(
                        "chats",
                        new
                        {
                            type = kind,
                            name = "Wxyz" + Place.NewId()[..8],
                            member_ids = new[] { "member", "blocked", "blocker", "removed" }.Select(n => this[n].UserId),
                            settings = new { visibility = settings },
                        }
                    );
                created.Status.ShouldBe(201, created.Body.ToString());
                Chats[kind] = created.Text("chat_id");
                (await this["owner"].DeleteAsync($"chats/{Chats[kind]}/members/{this["removed"].UserId}")).Status.ShouldBe(204);
            }
            (await this["owner"].PutAsync($"users/me/blocks/{this["blocked"].UserId}")).Status.ShouldBe(204);
            (await this["blocker"].PutAsync($"users/me/blocks/{this["owner"].UserId}")).Status.ShouldBe(204);
            await this["owner"].ConnectAsync();
        }

        public async ValueTask DisposeAsync()
        {
            foreach (var person in _all.Values)
                await person.DisposeAsync();
        }
    }

    private string Owner => people["owner"].UserId!;

    [Theory]
    [InlineData("stranger", "offline")]
    [InlineData("removed", "offline")]
    [InlineData("blocked", "offline")]
    [InlineData("blocker", "offline")]
    [InlineData("member", "online")]
    public async Task Who_is_there_is_seen_by_who_shares_a_chat_and_no_block(string viewer, string status)
    {
        var asked = (await people[viewer].GetAsync($"users/{Owner}/presence")).Body;
        await using var hub = new RawHub(people[viewer].Server, () => people[viewer].AccessToken);
        await hub.StartAsync(TestContext.Current.CancellationToken);
        var watched = (await hub.InvokeAsync("WatchPresence", new { user_ids = new[] { Owner } })).GetProperty("presences")[0];
        foreach (var presence in new[] { asked, watched })
        {
            presence.GetProperty("user_id").GetString().ShouldBe(Owner);
            presence.GetProperty("status").GetString().ShouldBe(status);
            presence.TryGetProperty("last_seen_at", out _).ShouldBeFalse();
        }
    }

    [Theory]
    [InlineData("stranger")]
    [InlineData("blocked")]
    [InlineData("member")]
    public async Task The_directory_shows_everybody_the_same_of_a_user_and_nothing_private(string viewer)
    {
        var one = await people[viewer].GetAsync("users/" + Owner);
        one.Status.ShouldBe(200);
        var found = (await people[viewer].GetAsync("users?query=" + Owner)).Body.GetProperty("users").EnumerateArray();
        foreach (var user in found.Where(u => u.GetProperty("user_id").GetString() == Owner).Append(one.Body))
            user.EnumerateObject()
                .Where(p => p.Value.ValueKind != JsonValueKind.Null)
                .Select(p => p.Name)
                .ShouldBe(["user_id", "display_name", "created_at"], ignoreOrder: true);
    }

    [Theory]
    [InlineData("newcomer", "group", 201)]
    [InlineData("member", "group", 201)]
    [InlineData("blocker", "group", 201)]
    [InlineData("blocked", "group", 403)]
    [InlineData("blocked", "channel", 403)]
    [InlineData("blocked", "broadcast", 403)]
    [InlineData("newcomer", "direct", 201)]
    [InlineData("blocked", "direct", 403)]
    public async Task Who_is_blocked_brings_nobody_who_blocks_it_into_a_chat(string caller, string type, int status)
    {
        var chat = "c" + Place.NewId()[1..];
        var body = new
        {
            chat_id = type == "direct" ? null : chat,
            type,
            member_ids = new[] { Owner },
        };
        var created = await people[caller].PostAsync("chats", body);
        created.Status.ShouldBe(status, created.Body.ToString());
        if (status == 201)
            return;
        Refusals.WrongWith(created.Body, "forbidden", null).ShouldBeNull();
        (await people[caller].GetAsync("chats/" + chat)).Code.ShouldBe("not_found");
        (await ChatsOfAsync("owner")).ShouldNotContain(chat);
        // Nor later, into one of its own.
        var own = await Place.NewGroupAsync(people[caller]);
        Refusals
            .WrongWith((await people[caller].PutAsync($"chats/{own}/members/{Owner}", new { role = "member" })).Body, "forbidden", null)
            .ShouldBeNull();
        (await people[caller].GetAsync($"chats/{own}/members")).Body.GetProperty("members").GetArrayLength().ShouldBe(1);
    }

    [Theory]
    [InlineData("owner", true, true)]
    [InlineData("member", true, true)]
    [InlineData("blocked", true, true)]
    [InlineData("removed", false, true)]
    [InlineData("stranger", false, true)]
    public async Task Lists_show_a_chat_to_who_is_in_it_and_a_public_one_to_everybody(string viewer, bool inIt, bool seesPublic)
    {
        await using var hub = new RawHub(people[viewer].Server, () => people[viewer].AccessToken);
        await hub.StartAsync(TestContext.Current.CancellationToken);
        var listed = await ChatsOfAsync(viewer);
        var synced = Ids((await people[viewer].PostAsync("sync")).Body);
        var overHub = Ids(await hub.InvokeAsync("Sync", new { }));
        foreach (var chat in people.Chats.Values)
        {
            listed.Contains(chat).ShouldBe(inIt);
            synced.Contains(chat).ShouldBe(inIt);
            overHub.Contains(chat).ShouldBe(inIt);
        }
        var channels = Ids((await people[viewer].GetAsync("channels?query=wxyz&limit=200")).Body);
        channels.Contains(people.Chats["broadcast"]).ShouldBe(seesPublic);
        channels.ShouldNotContain(people.Chats["channel"]);
        channels.ShouldNotContain(people.Chats["group"]);
        // What is public shows nobody's own.
        if (!inIt)
            (await people[viewer].GetAsync("chats/" + people.Chats["broadcast"]))
                .Body.EnumerateObject()
                .Select(p => p.Name)
                .Intersect([
                    "role",
                    "joined_seq",
                    "unread_count",
                    "mention_count",
                    "delivered_seq",
                    "read_seq",
                    "muted_until",
                    "pinned",
                    "last_message",
                    "draft",
                ])
                .ShouldBeEmpty();
    }

    [Fact]
    public async Task A_session_and_a_block_are_their_users_own()
    {
        var (mine, hers) = (people["stranger"], people["member"]);
        var session = (await hers.GetAsync("auth/sessions")).Body.GetProperty("sessions")[0].GetProperty("session_id").GetString()!;
        var foreign = await mine.DeleteAsync($"auth/sessions/{session}");
        var none = await mine.DeleteAsync("auth/sessions/no-such-session");
        foreign.Status.ShouldBe(404);
        foreign.Body.GetRawText().ShouldBe(none.Body.GetRawText());
        (await hers.GetAsync("users/me")).Status.ShouldBe(200);
        // Who blocks it is told to nobody, and who is blocked cannot take it back.
        (await people["blocked"].GetAsync("users/me/blocks"))
            .Body.GetProperty("user_ids")
            .GetArrayLength()
            .ShouldBe(0);
        (await people["blocked"].DeleteAsync($"users/me/blocks/{Owner}")).Status.ShouldBe(204);
        (await people["owner"].GetAsync("users/me/blocks"))
            .Body.GetProperty("user_ids")
            .EnumerateArray()
            .Select(u => u.GetString())
            .ShouldBe([people["blocked"].UserId]);
    }

    private async Task<HashSet<string>> ChatsOfAsync(string viewer) => Ids((await people[viewer].GetAsync("chats?limit=200")).Body);

    private static HashSet<string> Ids(JsonElement page) =>
        [.. page.GetProperty("chats").EnumerateArray().Select(c => c.GetProperty("chat_id").GetString()!)];
}
