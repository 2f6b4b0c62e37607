using System.Text.Json;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Grains.Users;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Users;

[Collection(AccountsCollection.Name)]
public sealed class SigningInTests(AccountsSilo silo)
{
    [Fact]
    public async Task Who_registered_signs_in_with_the_password_and_nobody_with_another()
    {
        var user = (await silo.NewUser()).UserId;

        var right = await silo.Client.Account(user).Login(new Login { Password = AccountsSilo.Password, DeviceName = "phone" });
        var wrong = await silo.Client.Account(user).Login(new Login { Password = AccountsSilo.Password + "!" });
        var unknown = await silo.Client.Account(silo.NewId()).Login(new Login { Password = AccountsSilo.Password });

        right.Value!.UserId.ShouldBe(user);
        wrong.Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        unknown.Problem.ShouldBe(wrong.Problem);
        (await silo.Client.Account(user).Sessions()).Select(s => s.DeviceName).ShouldBe([null, "phone"], ignoreOrder: true);
    }

    [Fact]
    public async Task A_user_of_an_external_provider_has_no_password_that_is_right()
    {
        var user = await silo.Client.Directory().ExternalUser("https://idp", silo.NewId(), "Ext");

        foreach (var password in new[] { "", "nobody's" })
            (await silo.Client.Account(user).Login(new Login { Password = password })).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
    }

    [Fact]
    public async Task An_id_is_registered_once_however_many_try_at_once()
    {
        var id = silo.NewId();
        var register = new Register { DisplayName = "x", Password = AccountsSilo.Password };

        var all = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => silo.Client.Account(id).Register(register)));

        all.Count(o => o.Ok).ShouldBe(1);
        all.Where(o => !o.Ok).ShouldAllBe(o => o.Problem!.Code == ProblemCodes.Conflict);
    }

    [Fact]
    public async Task An_older_hash_is_renewed_at_login()
    {
        var user = (await silo.NewUser()).UserId;
        using var older = new Passwords(Microsoft.Extensions.Options.Options.Create(new TokenOptions { PasswordIterations = 500 }));
        var old = await older.HashAsync(AccountsSilo.Password);
        silo.Store.Put(silo.Store.Row(user)! with { PasswordHash = old });

        (await silo.Client.Account(user).Login(new Login { Password = "wrong one" })).Ok.ShouldBeFalse();
        silo.Store.Row(user)!.PasswordHash.ShouldBe(old);
        (await silo.Client.Account(user).Login(new Login { Password = AccountsSilo.Password })).Ok.ShouldBeTrue();
        silo.Store.Row(user)!.PasswordHash.ShouldNotBe(old);
        (await silo.Client.Account(user).Login(new Login { Password = AccountsSilo.Password })).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task An_access_token_is_checked_with_the_key_set_and_says_who_and_which_session()
    {
        var tokens = await silo.NewUser();
        var keys = new JsonWebKeySet(await silo.Client.Directory().SigningKeys());
        var rules = new TokenValidationParameters
        {
            ValidIssuer = "orleans-chat",
            ValidAudience = "orleans-chat",
            ValidTypes = ["at+jwt"],
            ValidAlgorithms = [SecurityAlgorithms.EcdsaSha256],
            IssuerSigningKeys = keys.GetSigningKeys(),
            ValidateLifetime = false,
        };

        var result = await new JsonWebTokenHandler().ValidateTokenAsync(tokens.AccessToken, rules);

        result.IsValid.ShouldBeTrue(result.Exception?.Message);
        var token = (JsonWebToken)result.SecurityToken;
        token.Subject.ShouldBe(tokens.UserId);
        token.GetClaim("sid").Value.ShouldBe(tokens.SessionId);
        token.Kid.ShouldBe(keys.Keys.ShouldHaveSingleItem().KeyId);
        token.ValidTo.ShouldBe(token.IssuedAt.AddSeconds(tokens.ExpiresIn));
        token.IssuedAt.ShouldBe(silo.Clock.GetUtcNow().UtcDateTime, TimeSpan.FromSeconds(2));
        token.Id.ShouldNotBeNullOrEmpty();
    }

    [Fact]
    public async Task The_key_set_has_no_private_part_and_names_the_key_by_its_thumbprint()
    {
        using var set = JsonDocument.Parse(await silo.Client.Directory().SigningKeys());
        var text = set.RootElement.GetProperty("keys")[0].GetRawText();
        var key = new JsonWebKey(text);

        key.HasPrivateKey.ShouldBeFalse();
        key.D.ShouldBeNull();
        key.Kid.ShouldBe(Base64UrlEncoder.Encode(key.ComputeJwkThumbprint()));
    }

    [Fact]
    public async Task Silos_without_a_key_file_sign_with_the_same_key()
    {
        var options = Microsoft.Extensions.Options.Options.Create(new TokenOptions());
        using var other = new TokenSigner(silo.Store, options, silo.Clock);

        (await other.KeySetAsync(TestContext.Current.CancellationToken)).ShouldBe(await silo.Client.Directory().SigningKeys());
    }

    [Fact]
    public async Task A_refresh_gives_new_tokens_of_the_same_session()
    {
        var first = await silo.NewUser();
        var account = silo.Client.Account(first.UserId);

        var second = (await account.Refresh(first.RefreshToken)).Value!;
        var third = (await account.Refresh(second.RefreshToken)).Value!;

        second.SessionId.ShouldBe(first.SessionId);
        new[] { first.RefreshToken, second.RefreshToken, third.RefreshToken }.ShouldBeUnique();
        (await account.Sessions()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task A_reused_refresh_token_ends_its_session_and_no_other()
    {
        var first = await silo.NewUser();
        var account = silo.Client.Account(first.UserId);
        var other = (await account.Login(new Login { Password = AccountsSilo.Password })).Value!;
        var second = (await account.Refresh(first.RefreshToken)).Value!;

        var reused = await account.Refresh(first.RefreshToken);

        reused.Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await account.Refresh(second.RefreshToken)).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await account.Sessions()).ShouldHaveSingleItem().SessionId.ShouldBe(other.SessionId);
    }

    [Fact]
    public async Task Of_two_refreshes_at_once_one_wins_and_the_other_ends_the_session()
    {
        var first = await silo.NewUser();
        var account = silo.Client.Account(first.UserId);

        var both = await Task.WhenAll(account.Refresh(first.RefreshToken), account.Refresh(first.RefreshToken));

        both.Count(o => o.Ok).ShouldBe(1);
        (await account.Sessions()).ShouldBeEmpty();
    }

    [Fact]
    public async Task A_token_of_another_user_or_of_nobody_is_refused_and_revokes_nothing()
    {
        var alice = await silo.NewUser();
        var mallory = silo.Client.Account((await silo.NewUser()).UserId);

        (await mallory.Refresh(alice.RefreshToken)).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await mallory.Refresh(alice.RefreshToken + "x")).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);

        (await silo.Client.Account(alice.UserId).Refresh(alice.RefreshToken)).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_refresh_token_tells_its_user_and_is_kept_only_as_a_hash()
    {
        var tokens = await silo.NewUser("a.b_c-d");

        (await silo.Client.Directory().UserOfRefreshToken(tokens.RefreshToken)).ShouldBe(tokens.UserId);
        silo.Store.RefreshHashes.ShouldContain(Convert.ToHexString(OpaqueTokens.Hash(tokens.RefreshToken)));
        silo.Store.RefreshHashes.ShouldNotContain(h => tokens.RefreshToken.Contains(h, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("abc")]
    [InlineData(".abc")]
    [InlineData("!!.abc")]
    [InlineData("LQ.abc")]
    [InlineData("A.abc")]
    public async Task What_is_no_token_has_no_user(string text) => (await silo.Client.Directory().UserOfRefreshToken(text)).ShouldBeNull();

    [Fact]
    public async Task A_revoked_session_is_told_to_the_users_gateways_and_to_who_polls()
    {
        var tokens = await silo.NewUser();
        await silo.Client.Session(tokens.UserId).Connect("g7", "c1", tokens.SessionId);
        var cursor = (await silo.Client.Directory().Revoked(0)).Cursor;

        (await silo.Client.Account(tokens.UserId).Revoke(tokens.SessionId)).Ok.ShouldBeTrue();

        silo.Gateways.Of<CloseSession>(c => c.SessionId == tokens.SessionId).ShouldHaveSingleItem().Gateway.ShouldBe("g7");
        (await silo.Client.Directory().Revoked(cursor)).Sessions.ShouldHaveSingleItem().SessionId.ShouldBe(tokens.SessionId);
        (await silo.Client.Account(tokens.UserId).Refresh(tokens.RefreshToken)).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await silo.Client.Account(tokens.UserId).Revoke(tokens.SessionId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
    }

    [Fact]
    public async Task Nobody_revokes_a_session_of_somebody_else()
    {
        var alice = await silo.NewUser();
        var mallory = await silo.NewUser();

        (await silo.Client.Account(mallory.UserId).Revoke(alice.SessionId)).Problem!.Code.ShouldBe(ProblemCodes.NotFound);
        (await silo.Client.Account(alice.UserId).Sessions()).ShouldHaveSingleItem();
    }

    [Fact]
    public async Task An_external_session_is_made_once_and_stays_revoked()
    {
        var account = silo.Client.Account((await silo.NewUser()).UserId);

        var first = await account.ExternalSession("sid-1", "browser");
        var again = await account.ExternalSession("sid-1", "browser");
        await account.Revoke(first.Value!);

        again.ShouldBe(first);
        (await account.ExternalSession("sid-1", "browser")).Problem!.Code.ShouldBe(ProblemCodes.Unauthenticated);
        (await account.ExternalSession("sid-2", "browser")).Value.ShouldNotBe(first.Value);
    }
}
