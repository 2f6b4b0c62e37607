using System.Security.Cryptography;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Storage.Tests.Specs;

public abstract class SessionSpec(StorageFixture store) : ChatSpec(store)
{
    protected static byte[] Hash() => RandomNumberGenerator.GetBytes(32);

    protected async Task<(SessionRow Session, byte[] Token)> SessionAsync(string? userId = null)
    {
        var at = Now();
        var session = new SessionRow
        {
            UserId = userId ?? Id("u"),
            SessionId = Id("s"),
            DeviceName = "phone",
            CreatedAt = at,
            LastUsedAt = at,
        };
        var token = Hash();
        await Store.Sessions.CreateAsync(session, token, Ct);
        return (session, token);
    }

    [Fact]
    public async Task A_refresh_token_finds_its_session_for_its_user_alone()
    {
        var (session, token) = await SessionAsync();

        (await Store.Sessions.FindByRefreshAsync(session.UserId, token, Ct)).ShouldBe(new RefreshLookup(session, Current: true));
        (await Store.Sessions.FindByRefreshAsync(Id("u"), token, Ct)).ShouldBeNull();
        (await Store.Sessions.FindByRefreshAsync(session.UserId, Hash(), Ct)).ShouldBeNull();
    }

    [Fact]
    public async Task A_rotated_token_is_known_as_such_and_rotates_nothing()
    {
        var (session, first) = await SessionAsync();
        var (second, at) = (Hash(), Now());

        (await RotateAsync(session, first, second, at)).ShouldBeTrue();

        (await RotateAsync(session, first, Hash(), Now())).ShouldBeFalse();
        (await Store.Sessions.FindByRefreshAsync(session.UserId, first, Ct))!.Current.ShouldBeFalse();
        var found = (await Store.Sessions.FindByRefreshAsync(session.UserId, second, Ct)).ShouldNotBeNull();
        (found.Current, found.Session).ShouldBe((true, session with { LastUsedAt = at }));
        (await RotateAsync(session, second, Hash(), Now())).ShouldBeTrue();
    }

    [Fact]
    public async Task Rotated_tokens_are_remembered_for_a_month_and_the_last_one_always()
    {
        var (session, first) = await SessionAsync();
        var (second, third, fourth) = (Hash(), Hash(), Hash());
        await RotateAsync(session, first, second, Now() + TimeSpan.FromDays(20));
        await RotateAsync(session, second, third, Now() + TimeSpan.FromDays(40));
        (await Store.Sessions.FindByRefreshAsync(session.UserId, first, Ct)).ShouldBeNull();
        (await Store.Sessions.FindByRefreshAsync(session.UserId, second, Ct))!.Current.ShouldBeFalse();

        await RotateAsync(session, third, fourth, Now() + TimeSpan.FromDays(400));

        (await Store.Sessions.FindByRefreshAsync(session.UserId, second, Ct)).ShouldBeNull();
        (await Store.Sessions.FindByRefreshAsync(session.UserId, third, Ct))!.Current.ShouldBeFalse();
    }

    [Fact]
    public async Task Of_many_that_rotate_one_token_exactly_one_wins()
    {
        var (session, token) = await SessionAsync();
        var next = Enumerable.Range(0, 20).Select(_ => Hash()).ToArray();

        var rotated = await Task.WhenAll(next.Select(n => RotateAsync(session, token, n, Now())));

        rotated.Count(r => r).ShouldBe(1);
        for (var i = 0; i < next.Length; i++)
        {
            var found = await Store.Sessions.FindByRefreshAsync(session.UserId, next[i], Ct);
            (found?.Current ?? false).ShouldBe(rotated[i]);
        }
    }

    [Fact]
    public async Task A_revoked_session_is_listed_and_rotated_no_more_and_is_revoked_once()
    {
        var (session, token) = await SessionAsync();
        var (other, _) = await SessionAsync(session.UserId);
        (await Store.Sessions.ListAsync(session.UserId, Ct)).ShouldBe([other, session]);

        (await Store.Sessions.RevokeAsync(Id("u"), session.SessionId, Now(), Ct)).ShouldBeFalse();
        (await Store.Sessions.RevokeAsync(session.UserId, session.SessionId, Now(), Ct)).ShouldBeTrue();
        (await Store.Sessions.RevokeAsync(session.UserId, session.SessionId, Now(), Ct)).ShouldBeFalse();

        (await RotateAsync(session, token, Hash(), Now())).ShouldBeFalse();
        (await Store.Sessions.FindByRefreshAsync(session.UserId, token, Ct)).ShouldBeNull();
        (await Store.Sessions.ListAsync(session.UserId, Ct)).ShouldBe([other]);
    }

    [Fact]
    public async Task Of_a_rotation_and_a_revocation_at_once_the_session_is_revoked()
    {
        for (var i = 0; i < 10; i++)
        {
            var (session, token) = await SessionAsync();
            await Task.WhenAll(
                RotateAsync(session, token, Hash(), Now()),
                Store.Sessions.RevokeAsync(session.UserId, session.SessionId, Now(), Ct)
            );
            (await Store.Sessions.ListAsync(session.UserId, Ct)).ShouldBeEmpty();
        }
    }

    [Fact]
    public async Task An_external_session_is_made_once_and_stays_revoked()
    {
        var user = Id("u");
        SessionRow Fresh() =>
            new()
            {
                UserId = user,
                SessionId = Id("s"),
                CreatedAt = Now(),
                LastUsedAt = Now(),
            };

        var made = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => Store.Sessions.ExternalAsync(Fresh(), "sid-1", Ct)));
        var other = await Store.Sessions.ExternalAsync(Fresh(), "sid-2", Ct);

        var id = made.Select(m => m.SessionId).Distinct().ShouldHaveSingleItem();
        other.SessionId.ShouldNotBe(id);
        (await Store.Sessions.ListAsync(user, Ct)).Count.ShouldBe(2);
        var later = Fresh() with { LastUsedAt = Now() + TimeSpan.FromHours(1) };
        (await Store.Sessions.ExternalAsync(later, "sid-1", Ct)).LastUsedAt.ShouldBe(later.LastUsedAt);
        await Store.Sessions.RevokeAsync(user, id, Now(), Ct);
        (await Store.Sessions.ExternalAsync(Fresh(), "sid-1", Ct)).RevokedAt.ShouldNotBeNull();
    }

    [Fact]
    public async Task A_poll_begins_with_what_was_revoked_since_and_goes_on_from_its_cursor()
    {
        var before = await RevokedAsync(Now());
        var since = Now() + TimeSpan.FromHours(1);
        var after = await RevokedAsync(since);

        var first = await Store.Sessions.RevokedAsync(0, since, Ct);
        first.Sessions.ShouldContain((after.UserId, after.SessionId));
        first.Sessions.ShouldNotContain((before.UserId, before.SessionId));
        var next = await RevokedAsync(Now());
        var second = await Store.Sessions.RevokedAsync(first.Cursor, since, Ct);
        second.Sessions.ShouldContain((next.UserId, next.SessionId));
        // One from before a restored backup.
        (await Store.Sessions.RevokedAsync(long.MaxValue, since, Ct)).Sessions.ShouldContain((after.UserId, after.SessionId));
    }

    [Fact]
    public async Task A_poller_misses_none_of_many_that_are_revoked_meanwhile()
    {
        var sessions = new List<SessionRow>();
        for (var i = 0; i < 100; i++)
            sessions.Add((await SessionAsync()).Session);
        var seen = new HashSet<string>();
        var cursor = (await Store.Sessions.RevokedAsync(0, Now(), Ct)).Cursor;

        var revoking = Task.WhenAll(sessions.Select(s => Store.Sessions.RevokeAsync(s.UserId, s.SessionId, Now(), Ct)));
        while (!revoking.IsCompleted)
            await PollAsync();
        await revoking;
        await PollAsync();

        sessions.ShouldAllBe(s => seen.Contains(s.SessionId));

        async Task PollAsync()
        {
            var rows = await Store.Sessions.RevokedAsync(cursor, Now(), Ct);
            seen.UnionWith(rows.Sessions.Select(r => r.SessionId));
            cursor = rows.Cursor;
        }
    }

    private async Task<SessionRow> RevokedAsync(DateTimeOffset at)
    {
        var (session, _) = await SessionAsync();
        await Store.Sessions.RevokeAsync(session.UserId, session.SessionId, at, Ct);
        return session;
    }

    private Task<bool> RotateAsync(SessionRow session, byte[] old, byte[] next, DateTimeOffset at) =>
        Store.Sessions.RotateAsync(session.UserId, session.SessionId, old, next, at, Ct);
}
