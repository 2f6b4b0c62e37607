using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class ExternalUserSpec(StorageFixture store) : ChatSpec(store)
{
    private const string Issuer = "https://issuer.example";

    [Fact]
    public async Task Of_many_that_map_one_subject_the_first_wins_and_all_learn_it()
    {
        var subject = Id("sub");
        (await Store.Accounts.ExternalUserAsync(Issuer, subject, Ct)).ShouldBeNull();

        var mapped = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Store.Accounts.MapExternalUserAsync(Issuer, subject, User(Id("x")), Ct))
        );

        var winner = mapped.Distinct().ShouldHaveSingleItem().ShouldNotBeNull();
        (await Store.Accounts.ExternalUserAsync(Issuer, subject, Ct)).ShouldBe(winner);
        (await Store.Accounts.FindAsync(winner, Ct)).ShouldNotBeNull();
        (await Store.Accounts.ExternalUserAsync("https://other.example", subject, Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task The_same_placeholder_by_many_for_one_subject_is_no_conflict()
    {
        var (subject, placeholder) = (Id("sub"), Id("x"));

        var mapped = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => Store.Accounts.MapExternalUserAsync(Issuer, subject, User(placeholder), Ct))
        );

        mapped.ShouldAllBe(m => m == placeholder);
    }

    [Fact]
    public async Task A_user_id_that_is_taken_maps_nothing()
    {
        var (subject, taken) = (Id("sub"), Id("u"));
        await Store.Accounts.CreateAsync(User(taken), Ct);

        (await Store.Accounts.MapExternalUserAsync(Issuer, subject, User(taken), Ct)).ShouldBeNull();
        (await Store.Accounts.ExternalUserAsync(Issuer, subject, Ct)).ShouldBeNull();
        var other = Id("x");
        (await Store.Accounts.MapExternalUserAsync(Issuer, subject, User(other), Ct)).ShouldBe(other);
    }

    [Fact]
    public async Task A_placeholder_is_renamed_once_with_all_that_is_its_own()
    {
        var (subject, placeholder, chosen, friend) = (Id("sub"), Id("x"), Id("u"), Id("f"));
        await Store.Accounts.MapExternalUserAsync(Issuer, subject, User(placeholder), Ct);
        await Store.Accounts.SetBlockAsync(placeholder, friend, blocked: true, Now(), Ct);
        var session = new SessionRow
        {
            UserId = placeholder,
            SessionId = Id("s"),
            CreatedAt = Now(),
            LastUsedAt = Now(),
        };
        await Store.Sessions.ExternalAsync(session, "sid", Ct);

        (await Store.Accounts.ChooseUserIdAsync(Issuer, subject, chosen, "Chosen Name", Ct)).ShouldBeTrue();

        (await Store.Accounts.FindAsync(placeholder, Ct)).ShouldBeNull();
        (await Store.Accounts.FindAsync(chosen, Ct))!.DisplayName.ShouldBe("Chosen Name");
        (await Store.Accounts.ExternalUserAsync(Issuer, subject, Ct)).ShouldBe(chosen);
        (await Store.Accounts.SearchAsync(placeholder, 10, Ct)).ShouldBeEmpty();
        (await Store.Accounts.SearchAsync(chosen, 10, Ct)).ShouldHaveSingleItem();
        (await Store.Accounts.BlocksAsync(friend, Ct)).BlockedBy.ShouldBe([chosen]);
        (await Store.Sessions.ListAsync(chosen, Ct)).ShouldHaveSingleItem().SessionId.ShouldBe(session.SessionId);
        (await Store.Sessions.ExternalAsync(session with { UserId = chosen, SessionId = Id("s") }, "sid", Ct)).SessionId.ShouldBe(
            session.SessionId
        );
        (await Store.Accounts.ChooseUserIdAsync(Issuer, subject, Id("u"), "Again", Ct)).ShouldBeFalse();
    }

    [Fact]
    public async Task A_placeholder_stays_where_the_id_is_taken_or_it_has_a_chat_or_nobody_is_mapped()
    {
        var (subject, placeholder, taken) = (Id("sub"), Id("x"), Id("u"));
        await Store.Accounts.CreateAsync(User(taken), Ct);
        await Store.Accounts.MapExternalUserAsync(Issuer, subject, User(placeholder), Ct);

        (await Store.Accounts.ChooseUserIdAsync(Issuer, subject, taken, "n", Ct)).ShouldBeFalse();
        (await Store.Accounts.ChooseUserIdAsync(Issuer, Id("sub"), Id("u"), "n", Ct)).ShouldBeFalse();
        await NewChatAsync(placeholder);
        (await Store.Accounts.ChooseUserIdAsync(Issuer, subject, Id("u"), "n", Ct)).ShouldBeFalse();
        (await Store.Accounts.FindAsync(placeholder, Ct)).ShouldNotBeNull();
    }

    [Fact]
    public async Task Of_two_that_choose_one_id_one_gets_it_and_of_two_choices_of_one_subject_one_holds()
    {
        var (one, two, wanted) = (Id("sub"), Id("sub"), Id("u"));
        await Store.Accounts.MapExternalUserAsync(Issuer, one, User(Id("x")), Ct);
        await Store.Accounts.MapExternalUserAsync(Issuer, two, User(Id("x")), Ct);

        var same = await Task.WhenAll(
            new[] { one, two }.Select(subject => Store.Accounts.ChooseUserIdAsync(Issuer, subject, wanted, "n", Ct))
        );
        same.Count(s => s).ShouldBe(1);
        var other = same[0] ? two : one;
        var choices = await Task.WhenAll(
            Enumerable.Range(0, 5).Select(_ => Store.Accounts.ChooseUserIdAsync(Issuer, other, Id("u"), "n", Ct))
        );
        choices.Count(c => c).ShouldBe(1);
    }

    private UserRow User(string id) =>
        new()
        {
            UserId = id,
            DisplayName = id,
            CreatedAt = Now(),
        };
}
