using System.Security.Cryptography;
using System.Text;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Users;

[Collection(AccountsCollection.Name)]
public sealed class ProfileTests(AccountsSilo silo)
{
    [Fact]
    public async Task Others_do_not_see_what_is_private()
    {
        var user = (await silo.NewUser("alice")).UserId;

        var own = (
            await silo
                .Client.Account(user)
                .Update(
                    new UpdateUser
                    {
                        StatusText = "away",
                        Privacy = new Privacy { LastSeen = "nobody" },
                    }
                )
        ).Value!;
        var found = await silo.Client.Directory().Find(user);

        own.Privacy!.LastSeen.ShouldBe("nobody");
        (await silo.Client.Account(user).Profile()).Value.ShouldBe(own);
        found.ShouldBe(own with { Privacy = null });
        (await silo.Client.Directory().Search(user, 10)).ShouldContain(found);
        (await silo.Client.Directory().Find(silo.NewId())).ShouldBeNull();
        (await silo.Client.Account(silo.NewId()).Profile()).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
    }

    [Fact]
    public async Task A_block_is_listed_and_the_pairs_chat_has_read_it_when_it_answers()
    {
        var (alice, bob) = ((await silo.NewUser()).UserId, (await silo.NewUser()).UserId);

        (await silo.Client.Account(alice).Block(bob, blocked: true)).Ok.ShouldBeTrue();

        silo.Chats.Refreshed.ShouldContain(Ids.Direct(alice, bob));
        (await silo.Client.Account(alice).Blocks()).ShouldBe([bob]);
        (await silo.Client.Account(bob).Blocks()).ShouldBeEmpty();
        (await silo.Client.Account(alice).Block(bob, blocked: false)).Ok.ShouldBeTrue();
        (await silo.Client.Account(alice).Blocks()).ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_is_not_there_cannot_be_blocked_nor_oneself()
    {
        var alice = (await silo.NewUser()).UserId;

        (await silo.Client.Account(alice).Block(silo.NewId(), blocked: true)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await silo.Client.Account(alice).Block(alice, blocked: true)).Problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
    }

    [Fact]
    public async Task Preferences_are_kept_and_told_to_the_users_other_devices()
    {
        var user = (await silo.NewUser()).UserId;
        var chat = silo.NewId("chat");
        silo.Chats.Views[chat] = Lists.ChatRows.View(chat, Roles.Member);
        await silo.Client.Session(user).Connect("g3", "c1", "s1");

        var set = await silo.Client.Account(user).SetPreferences(chat, new Preferences { Pinned = true, Draft = "well" });

        set.Value!.Draft.ShouldBe("well");
        silo.Lists.Preferences[(user, chat)].Pinned.ShouldBe(true);
        var (gateway, told) = silo.Gateways.Of<UserEvent>(e => e.UserId == user).ShouldHaveSingleItem();
        gateway.ShouldBe("g3");
        told.Event.ShouldBe(new PreferencesUpdated(set.Value) { ChatId = chat });
    }

    [Fact]
    public async Task Who_is_in_a_chat_has_preferences_of_it_and_nobody_else()
    {
        var user = (await silo.NewUser()).UserId;
        var (missing, seen) = (silo.NewId("chat"), silo.NewId("chat"));
        silo.Chats.Views[seen] = Lists.ChatRows.View(seen, role: null);

        foreach (var chat in new[] { missing, seen })
        {
            (await silo.Client.Account(user).SetPreferences(chat, new Preferences())).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
            silo.Lists.Preferences.ShouldNotContainKey((user, chat));
        }
    }

    [Fact]
    public async Task An_external_subject_is_one_user_and_chooses_its_id_once()
    {
        var directory = silo.Client.Directory();
        var (subject, chosen) = (silo.NewId("sub"), silo.NewId("chosen"));

        var placeholder = await directory.ExternalUser("https://idp", subject, "Eve");
        Ids.IsValid(placeholder).ShouldBeTrue();
        (await directory.ExternalUser("https://idp", subject, "Eve")).ShouldBe(placeholder);
        (await directory.ExternalUser("https://other", subject, "Eve")).ShouldNotBe(placeholder);

        (await directory.ChooseUserId("https://idp", subject, (await silo.NewUser()).UserId, "E")).Problem!.Code.ShouldBe(
            ProblemCodes.Conflict
        );
        (await directory.ChooseUserId("https://idp", subject, chosen, "E")).Value!.UserId.ShouldBe(chosen);
        (await directory.ChooseUserId("https://idp", subject, chosen, "E")).Value!.UserId.ShouldBe(chosen);
        (await directory.ChooseUserId("https://idp", subject, silo.NewId(), "E")).Problem!.Code.ShouldBe(ProblemCodes.Conflict);
        (await directory.ExternalUser("https://idp", subject, "Eve")).ShouldBe(chosen);
    }

    [Fact]
    public async Task A_placeholder_that_somebody_registered_is_not_handed_over()
    {
        var subject = silo.NewId("sub");
        var placeholder = "x-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"https://a\n{subject}")))[..34];
        await silo.Client.Account(placeholder).Register(new Register { DisplayName = "m", Password = AccountsSilo.Password });

        var user = await silo.Client.Directory().ExternalUser("https://a", subject, displayName: null);

        user.ShouldStartWith("x-");
        user.ShouldNotBe(placeholder);
        (await silo.Client.Directory().ExternalUser("https://a", subject, displayName: null)).ShouldBe(user);
    }

    [Fact]
    public async Task The_history_is_read_again_after_a_while()
    {
        var directory = silo.Client.Directory();
        var before = await directory.HistoryId();

        silo.Store.HistoryId = before + "-restored";
        silo.Clock.Advance(TimeSpan.FromSeconds(11));

        (await directory.HistoryId()).ShouldBe(before + "-restored");
    }

    [Fact]
    public async Task A_fault_of_the_store_leaves_as_one_that_every_caller_can_read()
    {
        var user = (await silo.NewUser()).UserId;
        silo.Store.Down = true;
        try
        {
            var fault = await Should.ThrowAsync<StoreException>(() => silo.Client.Account(user).Profile());

            fault.Transient.ShouldBeTrue();
            fault.ToString().ShouldNotContain("10.0.0.7");
        }
        finally
        {
            silo.Store.Down = false;
        }
    }
}
