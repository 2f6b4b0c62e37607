using System.Security.Cryptography;
using System.Text.Json;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.Auth;

namespace Orleans.Chat.Gateway.Tests.Auth;

using Spoil = Action<Dictionary<string, object>, Dictionary<string, object>>;

public sealed class AccessTokensTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly ECDsa Stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private static readonly Dictionary<string, Spoil> Spoilers = new(StringComparer.Ordinal)
    {
        ["alg none"] = (h, _) => h["alg"] = "none",
        ["HS256 with the public key"] = (h, _) => h["alg"] = "HS256",
        ["another algorithm"] = (h, _) => h["alg"] = "ES512",
        ["wrong type"] = (h, _) => h["typ"] = "JWT",
        ["no type"] = (h, _) => h.Remove("typ"),
        ["no key id"] = (h, _) => h.Remove("kid"),
        ["unknown key id"] = (h, _) => h["kid"] = "key-2",
        ["wrong issuer"] = (_, p) => p["iss"] = "somebody",
        ["no issuer"] = (_, p) => p.Remove("iss"),
        ["wrong audience"] = (_, p) => p["aud"] = "another",
        ["no audience"] = (_, p) => p.Remove("aud"),
        ["no expiry"] = (_, p) => p.Remove("exp"),
        ["expired"] = (_, p) => p["exp"] = Now.AddSeconds(-31).ToUnixTimeSeconds(),
        ["not yet"] = (_, p) => p["nbf"] = Now.AddSeconds(31).ToUnixTimeSeconds(),
        ["no subject"] = (_, p) => p.Remove("sub"),
        ["a subject that is no id"] = (_, p) => p["sub"] = "a b",
        ["no session"] = (_, p) => p.Remove("sid"),
    };
    private readonly Issuer _issuer = new();
    private readonly FakeTimeProvider _time = new(Now);
    private readonly VerifiedTokens _verified = new();
    private readonly AccessTokens _tokens;

    public AccessTokensTests() => _tokens = new AccessTokens(_issuer, _verified, Options.Create(new AuthOptions()), _time);

    public void Dispose()
    {
        _verified.Dispose();
        _issuer.Dispose();
    }

    [Fact]
    public async Task A_good_token_says_who_and_which_session()
    {
        var claims = await Read(_issuer.Token(Now));

        claims!.Subject.ShouldBe("alice");
        claims.SessionKey.ShouldBe("session-1");
        claims.ExpiresAt.ShouldBe(Now.AddMinutes(10));
    }

    [Fact]
    public async Task Clocks_may_differ_by_30_seconds() =>
        (await Read(_issuer.Token(Now, (_, p) => p["exp"] = Now.AddSeconds(-29).ToUnixTimeSeconds()))).ShouldNotBeNull();

    [Theory]
    [InlineData(-3_600)]
    [InlineData(-5)]
    [InlineData(5)]
    public async Task A_gateway_whose_clock_is_wrong_takes_a_token_so_much_longer_and_no_more(int off)
    {
        var wrong = new AccessTokens(_issuer, _verified, Options.Create(new AuthOptions()), new FakeTimeProvider(Now.AddSeconds(off)));
        string Expired(int seconds) => _issuer.Token(Now, (_, p) => p["exp"] = Now.AddSeconds(-seconds).ToUnixTimeSeconds());

        (await wrong.ReadAsync(Expired(29 - off), TestContext.Current.CancellationToken)).ShouldNotBeNull();
        (await wrong.ReadAsync(Expired(31 - off), TestContext.Current.CancellationToken)).ShouldBeNull();
    }

    public static TheoryData<string> Names => [.. Spoilers.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task A_bad_token_is_nobodys(string name) => (await Read(_issuer.Token(Now, Spoilers[name]))).ShouldBeNull();

    [Fact]
    public async Task A_token_cannot_bring_its_own_key()
    {
        var jwk = Issuer.Jwk(Stranger);
        (await Read(_issuer.Token(Now, key: Stranger))).ShouldBeNull();
        (await Read(_issuer.Token(Now, (h, _) => h["jwk"] = jwk, Stranger))).ShouldBeNull();
        (await Read(_issuer.Token(Now, (h, _) => h["jku"] = "http://localhost:1/keys", Stranger))).ShouldBeNull();
        (await Read(_issuer.Token(Now, (h, _) => h["x5u"] = "http://localhost:1/cert", Stranger))).ShouldBeNull();
        (
            await Read(
                _issuer.Token(
                    Now,
                    (h, _) =>
                    {
                        h["jwk"] = jwk;
                        h.Remove("kid");
                    },
                    Stranger
                )
            )
        ).ShouldBeNull();
    }

    [Theory, InlineData(""), InlineData("x"), InlineData("a.b.c"), InlineData("a.b.c.d.e"), InlineData("..")]
    public async Task What_is_no_token_is_nobodys(string token) => (await Read(token)).ShouldBeNull();

    [Fact]
    public async Task A_changed_token_is_nobodys()
    {
        var parts = _issuer.Token(Now).Split('.');
        var other = _issuer.Token(Now, (_, p) => p["sub"] = "bob").Split('.');
        (await Read($"{parts[0]}.{other[1]}.{parts[2]}")).ShouldBeNull();
        (await Read($"{parts[0]}.{parts[1]}.")).ShouldBeNull();
        (await Read(new string('a', 20_000))).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_that_was_verified_is_not_verified_again_and_says_the_same()
    {
        var token = _issuer.Token(Now);
        var first = await Read(token);

        (await Read(token)).ShouldBe(first);
        _issuer.Verified.ShouldBe(1);

        (await Read(_issuer.Token(Now, (_, p) => p["sub"] = "bob")))!.Subject.ShouldBe("bob");
        (await Read(token[..^1])).ShouldBeNull();
    }

    [Fact]
    public async Task A_token_that_was_verified_ends_with_its_time_and_with_its_key()
    {
        var token = _issuer.Token(Now);
        (await Read(token)).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromMinutes(10) + TimeSpan.FromSeconds(29));
        (await Read(token)).ShouldNotBeNull();
        _time.Advance(TimeSpan.FromSeconds(2));
        (await Read(token)).ShouldBeNull();

        var other = _issuer.Token(_time.GetUtcNow());
        (await Read(other)).ShouldNotBeNull();
        _issuer.ReplaceKey();
        (await Read(other)).ShouldBeNull();
    }

    [Fact]
    public async Task An_unknown_key_is_asked_for_at_most_every_5_seconds()
    {
        var time = new FakeTimeProvider(Now);
        var fetched = 0;
        using var stranger = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var set = JsonSerializer.Serialize(new { keys = new[] { Issuer.Jwk(stranger) } });
        using var keys = new SiloTokenKeys(() => Task.FromResult(++fetched > 0 ? set : ""), Options.Create(new AuthOptions()), time);
        for (var i = 0; i < 10; i++)
            await keys.KeysAsync($"k{i}", TestContext.Current.CancellationToken);
        fetched.ShouldBe(1);
        time.Advance(TimeSpan.FromSeconds(5));
        (await keys.KeysAsync("k", TestContext.Current.CancellationToken)).Keys.Count.ShouldBe(1);
        fetched.ShouldBe(2);
    }

    private async Task<TokenClaims?> Read(string token) => await _tokens.ReadAsync(token, TestContext.Current.CancellationToken);
}
