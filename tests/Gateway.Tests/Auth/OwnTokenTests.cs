using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text.Json;
using Orleans.Chat.Gateway.Tests.Input;
using Orleans.Chat.Support;

namespace Orleans.Chat.Gateway.Tests.Auth;

using Change = Action<Dictionary<string, JsonElement>, Dictionary<string, JsonElement>>;

/// <summary>This server's own tokens, refresh tokens and tickets, over the wire of the real process.</summary>
public sealed class OwnTokenTests(SignedPlace place) : IClassFixture<SignedPlace>
{
    private static readonly Dictionary<string, Change> Changes = new(StringComparer.Ordinal)
    {
        ["alg none"] = (h, _) => h["alg"] = Json("none"),
        ["HS256 with the public key"] = (h, _) => h["alg"] = Json("HS256"),
        ["another algorithm"] = (h, _) => h["alg"] = Json("RS256"),
        ["another type"] = (h, _) => h["typ"] = Json("JWT"),
        ["an unknown key"] = (h, _) => h["kid"] = Json("unknown"),
        ["a key that is a path"] = (h, _) => h["kid"] = Json("../../../../dev/null"),
        ["a key that is a query"] = (h, _) => h["kid"] = Json("' UNION SELECT 'AAAA"),
        ["no key"] = (h, _) => h.Remove("kid"),
        ["not valid yet"] = (_, p) => p["nbf"] = Json(TimeProvider.System.GetUtcNow().AddSeconds(60).ToUnixTimeSeconds()),
        ["an ID token's type"] = (h, _) => h["typ"] = Json("id_token+jwt"),
        ["no type"] = (h, _) => h.Remove("typ"),
        ["many audiences without ours"] = (_, p) => p["aud"] = Json(new[] { "one", "two" }),
        ["another issuer"] = (_, p) => p["iss"] = Json("somebody"),
        ["another audience"] = (_, p) => p["aud"] = Json("another"),
        ["expired"] = (_, p) => p["exp"] = Json(TimeProvider.System.GetUtcNow().AddSeconds(-31).ToUnixTimeSeconds()),
        ["no expiry"] = (_, p) => p.Remove("exp"),
        ["no session"] = (_, p) => p.Remove("sid"),
        ["no subject"] = (_, p) => p.Remove("sub"),
    };

    public static TheoryData<string> Names => [.. Changes.Keys];

    [Theory, MemberData(nameof(Names))]
    public async Task A_token_that_is_not_as_it_was_made_is_nobodys_even_with_the_right_signature(string name)
    {
        await using var alice = await place.NewUserAsync("alice");
        var good = alice.AccessToken!;
        alice.UseToken(place.Resigned(good, (_, _) => { }));
        (await alice.GetAsync("users/me")).Status.ShouldBe(200);

        alice.UseToken(place.Resigned(good, Changes[name]));
        var answer = await alice.GetAsync("users/me");
        Refusals.WrongWith(answer.Body, "unauthenticated", null).ShouldBeNull();
        answer.Headers.WwwAuthenticate.ToString().ShouldContain("Bearer");
        await Should.ThrowAsync<Exception>(alice.ConnectAsync(awaitHello: false));
    }

    [Theory, InlineData("jwk"), InlineData("jku"), InlineData("x5u"), InlineData("x5c")]
    public async Task A_token_that_brings_its_own_key_is_nobodys(string header)
    {
        await using var alice = await place.NewUserAsync("alice");
        using var own = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        foreach (var keepsKid in new[] { true, false })
        {
            alice.UseToken(
                place.Resigned(
                    alice.AccessToken!,
                    (h, _) =>
                    {
                        h[header] = header switch
                        {
                            "jwk" => Json(Issuer.Jwk(own)),
                            "x5c" => Json(new[] { Convert.ToBase64String(own.ExportSubjectPublicKeyInfo()) }),
                            _ => Json(new Uri(place.Here, "/openapi/v1.json").ToString()),
                        };
                        if (!keepsKid)
                            h.Remove("kid");
                    },
                    own
                )
            );
            (await alice.GetAsync("users/me")).Code.ShouldBe("unauthenticated");
        }
    }

    [Fact]
    public async Task An_access_token_lives_ten_minutes_and_is_its_own_session_and_user_only()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var bob = await place.NewUserAsync("bob");
        var payload = SignedPlace.Decode(alice.AccessToken!.Split('.')[1]);
        (payload["exp"].GetInt64() - payload["iat"].GetInt64()).ShouldBe(600);
        payload["sub"].GetString().ShouldBe(alice.UserId);

        var (hers, his) = (alice.AccessToken.Split('.'), bob.AccessToken!.Split('.'));
        alice.UseToken($"{hers[0]}.{his[1]}.{hers[2]}");
        (await alice.GetAsync("users/me")).Status.ShouldBe(401);
    }

    [Theory]
    [InlineData("POST", "/hubs/chat/negotiate?negotiateVersion=1&", null, 401)]
    [InlineData("GET", "/hubs/chat?", null, 401)]
    [InlineData("POST", "/hubs/chat?", null, 401)]
    [InlineData("GET", "/hubs/chat?", "text/event-stream", 200)]
    [InlineData("GET", "/api/v1/users/me?", "text/event-stream", 401)]
    public async Task A_token_in_the_query_opens_only_what_a_browser_cannot_give_a_header(
        string method,
        string path,
        string? accept,
        int status
    )
    {
        await using var alice = await place.NewUserAsync("alice");
        using var http = new HttpClient { BaseAddress = place.Here };
        if (path.StartsWith("/hubs/chat?", StringComparison.Ordinal))
            path += $"id={await NegotiatedAsync(http, alice.AccessToken!)}&";
        using var request = new HttpRequestMessage(
            new HttpMethod(method),
            new Uri(path + "access_token=" + alice.AccessToken, UriKind.Relative)
        );
        if (accept is not null)
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue(accept));
        using var answer = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        ((int)answer.StatusCode).ShouldBe(status);
    }

    [Fact]
    public async Task A_web_socket_without_negotiation_takes_the_token_from_the_query()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var hub = await JsonSocket.ConnectAsync(place.Here, alice.AccessToken);
        (await hub.CallAsync("Ping", "[]")).ShouldNotBeNull().TryGetProperty("result", out _).ShouldBeTrue();
        await Should.ThrowAsync<Exception>(JsonSocket.ConnectAsync(place.Here, place.Resigned(alice.AccessToken!, Changes["expired"])));
        await Should.ThrowAsync<Exception>(JsonSocket.ConnectAsync(place.Here, null));
    }

    [Fact]
    public async Task A_refresh_token_is_good_once_and_its_reuse_ends_the_session()
    {
        await using var alice = await place.NewUserAsync("alice");
        await using var phone = new RawClient(place.Here);
        await phone.LoginAsync(alice.UserId!);
        await using var hub = await phone.ConnectAsync();
        var first = phone.RefreshToken!;
        var second = await phone.PostAsync("auth/refresh", new { refresh_token = first });
        second.Status.ShouldBe(200);
        second.Text("refresh_token").ShouldNotBe(first);
        phone.UseToken(second.Text("access_token"));
        (await phone.GetAsync("users/me")).Status.ShouldBe(200);

        var reused = await phone.PostAsync("auth/refresh", new { refresh_token = first });
        Refusals.WrongWith(reused.Body, "unauthenticated", null).ShouldBeNull();

        (await phone.PostAsync("auth/refresh", new { refresh_token = second.Text("refresh_token") })).Code.ShouldBe("unauthenticated");
        await hub.Closed.WaitAsync(TimeSpan.FromSeconds(5), TestContext.Current.CancellationToken);
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(5), TimeProvider.System);
        using var again = new PeriodicTimer(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        while ((await phone.GetAsync("users/me")).Code != "unauthenticated")
            await again.WaitForNextTickAsync(limit.Token);
        (await alice.GetAsync("users/me")).Status.ShouldBe(200);
    }

    [Fact]
    public async Task Of_ten_uses_of_a_refresh_token_at_once_one_at_most_is_good()
    {
        await using var alice = await place.NewUserAsync("alice");
        var token = alice.RefreshToken;
        var answers = await Task.WhenAll(
            Enumerable.Range(0, 10).Select(_ => alice.PostAsync("auth/refresh", new { refresh_token = token }))
        );
        answers.Count(a => a.Status == 200).ShouldBe(1);
        answers.Count(a => a.Code == "unauthenticated").ShouldBe(9);
    }

    [Fact]
    public async Task A_ticket_opens_one_connection_and_nothing_else()
    {
        await using var alice = await place.NewUserAsync("alice");
        var made = await alice.PostAsync("auth/connection-ticket");
        made.Body.GetProperty("expires_in").GetInt32().ShouldBe(60);
        var ticket = made.Text("ticket");
        await using var somebody = new RawClient(place.Here);
        somebody.UseToken(ticket);
        (await somebody.GetAsync("users/me")).Status.ShouldBe(401);
        (await somebody.PostAsync("auth/connection-ticket")).Status.ShouldBe(401);

        // Ten at once: it is still one.
        var hubs = Enumerable.Range(0, 10).Select(_ => new RawHub(place.Here, () => ticket)).ToArray();
        var opened = await Task.WhenAll(hubs.Select(OpensAsync));
        opened.Count(o => o).ShouldBe(1);
        foreach (var hub in hubs)
            await hub.DisposeAsync();

        static async Task<bool> OpensAsync(RawHub hub)
        {
            try
            {
                await hub.StartAsync(TestContext.Current.CancellationToken);
                return true;
            }
            catch (HttpRequestException refused)
            {
                refused.StatusCode.ShouldBe(HttpStatusCode.Unauthorized);
                return false;
            }
        }
    }

    [Fact]
    public async Task A_ticket_of_a_session_that_ended_opens_nothing()
    {
        await using var alice = await place.NewUserAsync("alice");
        var ticket = (await alice.PostAsync("auth/connection-ticket")).Text("ticket");
        (await alice.PostAsync("auth/logout")).Status.ShouldBe(204);
        await using var hub = new RawHub(place.Here, () => ticket);
        await Should.ThrowAsync<HttpRequestException>(hub.StartAsync(TestContext.Current.CancellationToken));
    }

    private static async Task<string> NegotiatedAsync(HttpClient http, string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/hubs/chat/negotiate?negotiateVersion=1");
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await http.SendAsync(request);
        return JsonElement.Parse(await answer.Content.ReadAsStringAsync()).GetProperty("connectionToken").GetString()!;
    }

    private static JsonElement Json<T>(T value) => JsonSerializer.SerializeToElement(value);
}
