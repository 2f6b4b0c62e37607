using Npgsql;
using Orleans.Chat.Storage.Tests.Specs;

namespace Orleans.Chat.Storage.Tests.PostgreSql;

public sealed class PostgresSessionTests(PostgresStorage store) : SessionSpec(store)
{
    [Fact]
    public async Task A_revocation_that_commits_after_later_ones_were_told_is_told()
    {
        var (slow, _) = await SessionAsync();
        var (quick, _) = await SessionAsync();
        var cursor = (await Store.Sessions.RevokedAsync(0, Now(), Ct)).Cursor;
        await using var connection = await store.Source.OpenConnectionAsync(Ct);
        await using var transaction = await connection.BeginTransactionAsync(Ct);
        await using var command = new NpgsqlCommand(
            "UPDATE sessions SET revoked_at = now(), revoked = pg_current_xact_id() WHERE user_id = $1 AND session_id = $2",
            connection
        );
        command.Parameters.AddWithValue(slow.UserId);
        command.Parameters.AddWithValue(slow.SessionId);
        await command.ExecuteNonQueryAsync(Ct);
        await Store.Sessions.RevokeAsync(quick.UserId, quick.SessionId, Now(), Ct);

        var first = await Store.Sessions.RevokedAsync(cursor, Now(), Ct);
        await transaction.CommitAsync(Ct);
        var second = await Store.Sessions.RevokedAsync(first.Cursor, Now(), Ct);

        first.Sessions.ShouldContain((quick.UserId, quick.SessionId));
        first.Sessions.ShouldNotContain((slow.UserId, slow.SessionId));
        second.Sessions.ShouldContain((slow.UserId, slow.SessionId));
    }
}
