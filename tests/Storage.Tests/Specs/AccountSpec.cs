using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class AccountSpec(StorageFixture store) : ChatSpec(store)
{
    protected UserRow User(string? id = null, string name = "Ann Example") =>
        new()
        {
            UserId = id ?? Id("u"),
            DisplayName = name,
            PasswordHash = "hash",
            CreatedAt = Now(),
        };

    [Fact]
    public async Task An_account_comes_back_as_it_was_made_and_its_id_is_taken_once()
    {
        var user = User() with { AvatarAttachmentId = "a1", StatusText = "busy", LastSeenPrivacy = "nobody", LastSeenAt = Now() };

        (await Store.Accounts.CreateAsync(user, Ct)).ShouldBeTrue();
        (await Store.Accounts.CreateAsync(user with { DisplayName = "Other" }, Ct)).ShouldBeFalse();

        (await Store.Accounts.FindAsync(user.UserId, Ct)).ShouldBe(user);
        (await Store.Accounts.FindAsync(user.UserId.ToUpperInvariant(), Ct)).ShouldBeNull();
        (await Store.Accounts.ExistingAsync([user.UserId, Id("u")], Ct)).ShouldBe([user.UserId]);
    }

    [Fact]
    public async Task Of_many_that_register_one_id_one_gets_it()
    {
        var id = Id("u");

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Store.Accounts.CreateAsync(User(id, $"Name {i}"), Ct)));

        made.Count(m => m).ShouldBe(1);
    }

    [Fact]
    public async Task An_update_changes_what_it_names_alone()
    {
        var user = User();
        await Store.Accounts.CreateAsync(user, Ct);

        var named = await Store.Accounts.UpdateAsync(user.UserId, new UpdateUser { DisplayName = "Bob" }, Ct);
        var quiet = await Store.Accounts.UpdateAsync(
            user.UserId,
            new UpdateUser
            {
                StatusText = "",
                Privacy = new Privacy { LastSeen = "nobody" },
            },
            Ct
        );

        named.ShouldBe(user with { DisplayName = "Bob" });
        quiet.ShouldBe(user with { DisplayName = "Bob", StatusText = "", LastSeenPrivacy = "nobody" });
        (await Store.Accounts.FindAsync(user.UserId, Ct)).ShouldBe(quiet);
        (await Store.Accounts.UpdateAsync(Id("u"), new UpdateUser { DisplayName = "x" }, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task Password_and_last_seen_are_set_and_last_seen_only_moves_forward()
    {
        var (user, other) = (User(), User());
        await Store.Accounts.CreateAsync(user, Ct);
        await Store.Accounts.CreateAsync(other, Ct);
        var (earlier, later) = (Now(), Now());

        await Store.Accounts.SetPasswordHashAsync(user.UserId, "new", Ct);
        await Store.Accounts.SetLastSeenAsync(Seen((user.UserId, later), (other.UserId, earlier), (Id("nobody"), later)), Ct);
        await Store.Accounts.SetLastSeenAsync(Seen((user.UserId, earlier), (other.UserId, later)), Ct);

        (await Store.Accounts.FindAsync(user.UserId, Ct)).ShouldBe(user with { PasswordHash = "new", LastSeenAt = later });
        (await Store.Accounts.FindAsync(other.UserId, Ct)).ShouldBe(other with { LastSeenAt = later });

        static Dictionary<string, DateTimeOffset> Seen(params (string UserId, DateTimeOffset At)[] seen) =>
            seen.ToDictionary(s => s.UserId, s => s.At, StringComparer.Ordinal);
    }

    [Fact]
    public async Task A_search_finds_beginnings_of_ids_and_of_words_of_names_in_any_case()
    {
        var mark = Id("q")[..20];
        var (one, two, three) = ($"{mark}-a", $"{mark}-B", Id("x"));
        await Store.Accounts.CreateAsync(User(two, "Zoë O'Neil"), Ct);
        await Store.Accounts.CreateAsync(User(one, "Émile Zola"), Ct);
        await Store.Accounts.CreateAsync(User(three, $"Dr. ÉCLAIR-{mark} van Dyk"), Ct);

        (await FoundAsync(mark)).ShouldBe(new[] { one, two, three }.Order(StringComparer.Ordinal));
        (await FoundAsync(mark.ToUpperInvariant() + "-b")).ShouldBe([two]);
        (await FoundAsync($"éclair {mark}")).ShouldBe([three]);
        (await FoundAsync($"{mark} VAN d")).ShouldBe([three]);
        (await FoundAsync(mark[1..])).ShouldBeEmpty();
        (await FoundAsync("%")).ShouldBeEmpty();
        (await FoundAsync("  ")).ShouldBeEmpty();
        (await Store.Accounts.SearchAsync(mark, 2, Ct)).Count.ShouldBe(2);

        async Task<IEnumerable<string>> FoundAsync(string query) => (await Store.Accounts.SearchAsync(query, 10, Ct)).Select(u => u.UserId);
    }

    [Fact]
    public async Task A_search_follows_the_name()
    {
        var (old, now) = (Id("w"), Id("w"));
        var user = User(name: $"Both {old}");
        await Store.Accounts.CreateAsync(user, Ct);
        await Store.Accounts.UpdateAsync(user.UserId, new UpdateUser { DisplayName = $"Both {now}" }, Ct);

        (await Store.Accounts.SearchAsync(old, 10, Ct)).ShouldBeEmpty();
        (await Store.Accounts.SearchAsync(now, 10, Ct)).ShouldHaveSingleItem().DisplayName.ShouldBe($"Both {now}");
    }

    [Fact]
    public async Task Names_that_are_changed_at_once_leave_the_words_of_the_last_alone()
    {
        var user = User();
        await Store.Accounts.CreateAsync(user, Ct);
        var words = Enumerable.Range(0, 10).Select(_ => Id("w")).ToArray();

        await Task.WhenAll(words.Select(w => Store.Accounts.UpdateAsync(user.UserId, new UpdateUser { DisplayName = w }, Ct)));

        var last = (await Store.Accounts.FindAsync(user.UserId, Ct))!.DisplayName;
        foreach (var word in words)
            (await Store.Accounts.SearchAsync(word, 10, Ct)).Count.ShouldBe(word == last ? 1 : 0);
    }

    [Fact]
    public async Task Blocks_are_seen_from_both_sides_and_repeats_change_nothing()
    {
        var (me, ann, bob) = (Id("me"), Id("ann"), Id("bob"));

        await Store.Accounts.SetBlockAsync(me, ann, blocked: true, Now(), Ct);
        await Store.Accounts.SetBlockAsync(me, ann, blocked: true, Now(), Ct);
        await Store.Accounts.SetBlockAsync(bob, me, blocked: true, Now(), Ct);
        var blocks = await Store.Accounts.BlocksAsync(me, Ct);
        blocks.Blocking.ShouldBe([ann]);
        blocks.BlockedBy.ShouldBe([bob]);
        (await Store.Accounts.BlocksAsync(ann, Ct)).BlockedBy.ShouldBe([me]);

        await Store.Accounts.SetBlockAsync(me, ann, blocked: false, Now(), Ct);
        await Store.Accounts.SetBlockAsync(me, ann, blocked: false, Now(), Ct);
        (await Store.Accounts.BlocksAsync(me, Ct)).Blocking.ShouldBeEmpty();
    }

    [Fact]
    public async Task The_history_has_an_id_and_the_first_secret_of_a_name_wins()
    {
        var name = Id("s");

        var secrets = await Task.WhenAll(Enumerable.Range(0, 10).Select(i => Store.Installation.GetOrAddSecretAsync(name, $"pem {i}", Ct)));

        secrets.Distinct().ShouldHaveSingleItem();
        (await Store.Installation.GetOrAddSecretAsync(name, "late", Ct)).ShouldBe(secrets[0]);
        var history = await Store.Installation.HistoryIdAsync(Ct);
        history.ShouldNotBeNullOrEmpty();
        (await Store.Installation.GetOrAddSecretAsync("history_id", "a secret", Ct)).ShouldBe("a secret");
        (await Store.Installation.HistoryIdAsync(Ct)).ShouldBe(history);
    }
}
