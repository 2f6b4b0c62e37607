using Orleans.Chat.EndToEnd;

namespace Orleans.Chat.Gateway.Tests.Auth;

/* What a login tells of whether there is such a user: its answer is the same (StrangerTests), and so must be how long it takes. A hash is made as dear
 * here as it is in production, so that leaving it out would show a hundredfold. */
public sealed class LoginTimingTests(LoginTimingTests.Dear place) : IClassFixture<LoginTimingTests.Dear>
{
    private const int Rounds = 9;

    public sealed class Dear : StandalonePlace
    {
        protected override IReadOnlyDictionary<string, string?> Settings =>
            new Dictionary<string, string?>(StringComparer.Ordinal) { ["Auth__PasswordIterations"] = "100000" };
    }

    [Fact]
    public async Task An_unknown_user_takes_as_long_as_a_wrong_password()
    {
        await using var alice = await place.NewUserAsync("alice");
        var users = new[] { alice.UserId!, "nobody-" + Place.NewId()[20..], "x" };
        var took = users.ToDictionary(u => u, _ => new List<TimeSpan>(), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var user in users)
            {
                var start = TimeProvider.System.GetTimestamp();
                (
                    await alice.PostAsync("auth/login", new { user_id = user, password = round % 2 == 0 ? "incorrect horse" : "x" })
                ).Code.ShouldBe("unauthenticated");
                took[user].Add(TimeProvider.System.GetElapsedTime(start));
            }
        }
        var medians = users.Select(u => took[u].Order().ElementAt(Rounds / 2)).ToArray();
        // A machine that does other things too is no clock; a hash that is not made is far from it.
        (medians.Max() / medians.Min()).ShouldBeLessThan(2, string.Join(' ', medians));
    }
}
