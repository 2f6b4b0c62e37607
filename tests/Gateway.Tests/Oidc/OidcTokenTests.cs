using System.Text;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Oidc;

using Spoil = Action<Dictionary<string, object>, Dictionary<string, object>>;

/// <summary>Which tokens of a provider are good, over the wire of the real process.</summary>
public sealed class OidcTokenTests(OidcPlace place) : IClassFixture<OidcPlace>
{
    private static readonly Dictionary<string, Spoil> Spoilers = new(StringComparer.Ordinal)
    {
        ["another issuer"] = (_, p) => p["iss"] = "https://somebody.example",
        ["our own issuer"] = (_, p) => p["iss"] = "orleans-chat",
        ["no issuer"] = (_, p) => p.Remove("iss"),
        ["another audience"] = (_, p) => p["aud"] = "another-api",
        ["our own audience"] = (_, p) => p["aud"] = "orleans-chat",
        ["no audience"] = (_, p) => p.Remove("aud"),
        ["no expiry"] = (_, p) => p.Remove("exp"),
        ["expired"] = (_, p) => p["exp"] = Seconds(-31),
        ["an expiry that is a text"] = (_, p) => p["exp"] = "tomorrow",
        ["not yet valid"] = (_, p) => p["nbf"] = Seconds(60),
        ["alg none"] = (h, _) => h["alg"] = "none",
        ["alg None"] = (h, _) => h["alg"] = "None",
        ["HS256 with the public key"] = (h, _) => h["alg"] = "HS256",
        ["the other key's algorithm"] = (h, _) => h["alg"] = "ES256",
        ["unknown key"] = (h, _) => h["kid"] = "unknown",
        ["no key"] = (h, _) => h.Remove("kid"),
        ["another type"] = (h, _) => h["typ"] = "logout+jwt",
        ["an ID token for the client"] = (_, p) => (p["aud"], p["nonce"]) = ("the-client", "n"),
        ["an ID token, which has a hash of the access token"] = (_, p) => p["at_hash"] = "AAAA",
        ["an ID token, which has a hash of the code"] = (_, p) => p["c_hash"] = "AAAA",
        ["a key that is a path"] = (h, _) => h["kid"] = "../../../../dev/null",
        ["no subject"] = (_, p) => p.Remove("sub"),
        ["an empty subject"] = (_, p) => p["sub"] = "",
        ["a subject that is a list"] = (_, p) => p["sub"] = new[] { "a", "b" },
        ["a subject with NUL"] = (_, p) => p["sub"] = "a\0b",
        ["a subject over 255 characters"] = (_, p) => p["sub"] = new string('s', 256),
    };

    public static TheoryData<string> Names => [.. Spoilers.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task A_bad_token_is_nobodys(string name)
    {
        await using var somebody = place.As(place.Provider.Token("bad", "s", Spoilers[name]));
        var answer = await somebody.GetAsync("users/me");
        Refusals.WrongWith(answer.Body, "unauthenticated", null).ShouldBeNull();
        answer.Status.ShouldBe(401);
        answer.Headers.WwwAuthenticate.ToString().ShouldContain("invalid_token");
        await Should.ThrowAsync<Exception>(somebody.ConnectAsync(awaitHello: false));
    }

    [Fact]
    public async Task A_changed_token_is_nobodys()
    {
        var token = place.Provider.Token("alice").Split('.');
        var other = place.Provider.Token("bob").Split('.');
        await using var somebody = place.As($"{token[0]}.{other[1]}.{token[2]}");
        (await somebody.GetAsync("users/me")).Status.ShouldBe(401);
    }

    [Theory, InlineData("RS256"), InlineData("ES256")]
    public async Task A_good_token_is_somebodys_on_REST_and_on_the_hub(string alg)
    {
        await using var somebody = place.As(place.Provider.Token("good-" + alg, "one", alg: alg));
        (await somebody.GetAsync("users/me")).Status.ShouldBe(200);
        await using var hub = await somebody.ConnectAsync();
        hub.Events.OfType("hello").ShouldHaveSingleItem().GetProperty("session_id").GetString().ShouldNotBeNullOrEmpty();
        var newer = place.Provider.Token("good-" + alg, "one", alg: alg);
        (await hub.InvokeAsync("Reauthenticate", new { access_token = newer }))
            .GetProperty("expires_in")
            .GetInt32()
            .ShouldBeInRange(3_500, 3_600);
        foreach (
            var (token, code) in new[]
            {
                (place.Provider.Token("good-" + alg, "two"), "forbidden"),
                (place.Provider.Token("else", "one"), "forbidden"),
                ("nonsense", "unauthenticated"),
            }
        )
            (await hub.RefusedAsync("Reauthenticate", new { access_token = token })).GetProperty("code").GetString().ShouldBe(code);
    }

    [Fact]
    public async Task Odd_names_and_times_of_a_token_are_no_fault_of_ours()
    {
        foreach (
            var (key, value) in new (string, object)[]
            {
                ("name", new string('n', 5_000)),
                ("name", "a\0b"),
                ("name", " "),
                ("name", 5),
                ("sid", new string('s', 5_000)),
                ("sid", "a\0b"),
                ("sid", 7),
                ("jti", new string('j', 5_000)),
                ("exp", 253_402_300_799),
                ("exp", 9_000_000_000_000_000),
            }
        )
        {
            await using var somebody = place.As(place.Provider.Token("odd-" + Place.NewId(), spoil: (_, p) => p[key] = value));
            var answer = await somebody.GetAsync("users/me");
            answer.Status.ShouldBe(200, $"{key}: {answer.Body}");
            answer.Text("display_name").Length.ShouldBeInRange(1, 255);
            answer.Text("display_name").ShouldNotContain('\0');
            (await somebody.GetAsync("auth/sessions")).Body.GetProperty("sessions").GetArrayLength().ShouldBe(1);
        }
    }

    [Fact]
    public async Task New_keys_are_picked_up_and_old_ones_are_good_no_more()
    {
        var old = place.Provider.Token("rotating", "s");
        await using var somebody = place.As(old);
        (await somebody.GetAsync("users/me")).Status.ShouldBe(200);
        place.Provider.Rotate();

        somebody.UseToken(place.Provider.Token("rotating", "s"));
        (await UntilAsync(somebody, 200)).Status.ShouldBe(200);
        somebody.UseToken(old);
        (await somebody.GetAsync("users/me")).Status.ShouldBe(401);
    }

    [Fact]
    public async Task While_the_provider_is_away_its_known_keys_go_on_and_unknown_ones_are_refused()
    {
        await using var somebody = place.As(place.Provider.Token("away", "s"));
        (await UntilAsync(somebody, 200)).Status.ShouldBe(200);
        await place.Provider.StopAsync();
        try
        {
            (await somebody.GetAsync("users/me")).Status.ShouldBe(200);
            await using var stranger = place.As(place.Provider.Token("away", "s", (h, _) => h["kid"] = "unknown-too"));
            (await stranger.GetAsync("users/me")).Code.ShouldBe("unauthenticated");
            await using var newcomer = place.As(place.Provider.Token("away-too", "s"));
            (await newcomer.GetAsync("users/me")).Status.ShouldBe(200);
        }
        finally
        {
            await place.Provider.StartAsync();
        }
    }

    [Fact]
    public void Before_the_provider_was_ever_reached_it_is_unavailable_and_nobody_waits_long()
    {
        foreach (var answer in new[] { place.WhileDown, place.WhileSilent.Answer })
        {
            answer.Status.ShouldBe(503);
            answer.Code.ShouldBe("unavailable");
            answer.Body.GetProperty("retry_after_ms").GetInt64().ShouldBePositive();
        }
        place.WhileSilent.Took.ShouldBeLessThan(TimeSpan.FromSeconds(10));
    }

    [Theory]
    [InlineData("auth/register", """{"user_id":"carol","display_name":"Carol","password":"correct horse battery"}""")]
    [InlineData("auth/login", """{"user_id":"carol","password":"correct horse battery"}""")]
    [InlineData("auth/refresh", """{"refresh_token":"x"}""")]
    public async Task Nobody_signs_in_here(string path, string body)
    {
        await using var somebody = new RawClient(place.Here);
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        var answer = await somebody.PostAsync(path, content);
        (answer.Status, answer.Code).ShouldBe((403, "forbidden"));
    }

    private static long Seconds(int from) => TimeProvider.System.GetUtcNow().AddSeconds(from).ToUnixTimeSeconds();

    private static async Task<RawAnswer> UntilAsync(RawClient client, int status)
    {
        // A key that is not known is asked for at most every 5 seconds.
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        var answer = await client.GetAsync("users/me");
        for (var tries = 0; tries < 150 && answer.Status != status; tries++)
        {
            await again.WaitForNextTickAsync();
            answer = await client.GetAsync("users/me");
        }
        return answer;
    }
}
