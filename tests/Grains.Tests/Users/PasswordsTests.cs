using Orleans.Chat.Grains.Users;
using Opts = Microsoft.Extensions.Options.Options;

namespace Orleans.Chat.Grains.Tests.Users;

public sealed class PasswordsTests
{
    [Fact]
    public async Task More_passwords_than_can_be_checked_are_turned_away_and_the_others_checked()
    {
        using var passwords = new Passwords(Opts.Create(new TokenOptions { PasswordIterations = 1_000 }));
        var hash = await passwords.HashAsync("secret");

        var checks = await Task.WhenAll(Enumerable.Range(0, 1_000).Select(_ => passwords.CheckAsync(hash, "secret")));

        checks.ShouldContain(PasswordCheck.Busy);
        checks.ShouldContain(PasswordCheck.Right);
        checks.ShouldAllBe(c => c == PasswordCheck.Busy || c == PasswordCheck.Right);
        (await passwords.CheckAsync(hash, "secret")).ShouldBe(PasswordCheck.Right);
    }

    [Fact]
    public async Task A_user_that_is_not_there_takes_as_long_as_a_wrong_password()
    {
        using var passwords = new Passwords(Opts.Create(new TokenOptions { PasswordIterations = 200_000 }));
        var hash = await passwords.HashAsync("secret");
        (await passwords.CheckAsync(null, "other")).ShouldBe(PasswordCheck.Wrong);

        var (nobody, wrong) = (TimeSpan.MaxValue, TimeSpan.MaxValue);
        for (var i = 0; i < 3; i++)
        {
            nobody = Shorter(nobody, await TimeAsync(() => passwords.CheckAsync(null, "other")));
            wrong = Shorter(wrong, await TimeAsync(() => passwords.CheckAsync(hash, "other")));
        }

        nobody.ShouldBeGreaterThan(wrong / 3);
        wrong.ShouldBeGreaterThan(nobody / 3);
    }

    private static TimeSpan Shorter(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private static async Task<TimeSpan> TimeAsync(Func<Task> work)
    {
        var start = TimeProvider.System.GetTimestamp();
        await work();
        return TimeProvider.System.GetElapsedTime(start);
    }
}
