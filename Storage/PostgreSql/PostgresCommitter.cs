using System.Data;
using Microsoft.Extensions.Logging;
using Npgsql;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.PostgreSql;

/* One batch is one round trip and one implicit transaction: the commit is the answer to the last message of the pipeline. Only where a message
 * was there already, or something came to nothing, more is asked.
 *
 * An answered ERROR says that nothing was written (40003, "completion unknown", excepted). A lost connection, a time-out and a FATAL say
 * nothing about the commit: unknown. Errors of the environment (no connection, disk full, read-only, shutting down) are no row's fault, so
 * the batch is not split for them.
 *
 * Each writer has a connection of its own. Its plans are generic, never scan a table, and use an index to look up and not to read through it,
 * which is what its price is for: statements are planned once, while the tables may still be small, and a plan that was right then would be
 * ruinous later. */
internal sealed partial class PostgresCommitter(NpgsqlDataSource source, int writers, TimeSpan timeout, ILogger logger)
    : IBatchCommitter,
        IAsyncDisposable
{
    internal const string Session =
        "SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_mergejoin = off; SET enable_memoize = off; SET cpu_index_tuple_cost = 10; SET jit = off; SET synchronous_commit = on";

    private readonly NpgsqlConnection?[] _connections = new NpgsqlConnection?[writers];

    public async Task<BatchOutcome> CommitAsync(int writer, IReadOnlyList<NumberedChange> batch)
    {
        using var limit = new CancellationTokenSource(timeout);
        NpgsqlConnection connection;
        try
        {
            if (_connections[writer] is { State: not ConnectionState.Open })
                await DropAsync(writer);
            connection = _connections[writer] ??= await ConnectAsync(limit.Token);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException)
        {
            Log.NoConnection(logger, e);
            return new BatchOutcome.Unavailable();
        }

        BatchOutcome outcome;
        try
        {
            return new BatchOutcome.Done(await ExecuteAsync(connection, batch, limit.Token));
        }
        catch (PostgresException e)
        {
            outcome = Classify(e);
            Log.Answered(logger, e.SqlState, e.Routine, batch.Count, outcome.GetType().Name);
        }
        catch (Exception e) when (e is NpgsqlException or TimeoutException or OperationCanceledException or InvalidOperationException)
        {
            outcome = new BatchOutcome.Unknown();
            Log.Lost(logger, e, batch.Count);
        }
        if (outcome is BatchOutcome.Unknown or BatchOutcome.Unavailable)
            await DropAsync(writer);
        return outcome;
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections)
        {
            if (connection is not null)
                await connection.DisposeAsync();
        }
    }

    internal static BatchOutcome Classify(PostgresException e) =>
        e.SqlState switch
        {
            _ when e.InvariantSeverity is not "ERROR" => new BatchOutcome.Unknown(),
            PostgresErrorCodes.StatementCompletionUnknown => new BatchOutcome.Unknown(),
            ['5', '7', 'P', ..] => new BatchOutcome.Unknown(),
            PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure => new BatchOutcome.Again(),
            ['0', '8', ..] or ['2', '5', ..] or ['5', '3', ..] or ['5', '5', ..] or ['5', '7', ..] or ['5', '8', ..] or ['X', 'X', ..] =>
                new BatchOutcome.Unavailable(),
            _ => new BatchOutcome.Refused(e.SqlState),
        };

    private async Task DropAsync(int writer)
    {
        var connection = _connections[writer];
        _connections[writer] = null;
        if (connection is not null)
            await connection.DisposeAsync();
    }

    /// <summary>What the pool holds may have died with the server: the first failure empties it.</summary>
    private async Task<NpgsqlConnection> ConnectAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            var connection = await source.OpenConnectionAsync(cancellationToken);
            try
            {
                await using var command = new NpgsqlCommand(Session, connection);
                await command.ExecuteNonQueryAsync(cancellationToken);
                return connection;
            }
            catch (NpgsqlException) when (attempt == 1)
            {
                NpgsqlConnection.ClearPool(connection);
                await connection.DisposeAsync();
            }
            catch
            {
                await connection.DisposeAsync();
                throw;
            }
        }
    }

    /// <summary>Messages that are there already are looked for only when one of them stood in the way.</summary>
    private async Task<ChangeResult[]> ExecuteAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NumberedChange> changes,
        CancellationToken cancellationToken
    )
    {
        ChangeResult[] results;
        try
        {
            results = await WriteAsync(connection, changes, KnownMessages.None, cancellationToken);
        }
        catch (PostgresException e) when (e.SqlState == PostgresErrorCodes.UniqueViolation)
        {
            var known = await KnownMessages.FindAsync(connection, changes, cancellationToken);
            if (!known.Any)
                throw;
            results = await WriteAsync(connection, changes, known, cancellationToken);
        }
        await FenceAsync(connection, changes, results, cancellationToken);
        return results;
    }

    private async Task<ChangeResult[]> WriteAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NumberedChange> changes,
        KnownMessages known,
        CancellationToken cancellationToken
    )
    {
        await using var batch = new NpgsqlBatch(connection) { Timeout = (int)Math.Ceiling(timeout.TotalSeconds) };
        var messages = changes.Where(c => c.Change is ChatChange.AddMessage && !known.Has(c.Chat.ChatId)).ToArray();
        var others = changes.Where(c => c.Change is not ChatChange.AddMessage).ToArray();
        if (others.Length > 0)
        {
            var locking = new NpgsqlBatchCommand(AppendSql.Lock);
            locking.Parameters.WithAll(changes.Select(c => c.Chat.ChatId).Distinct(StringComparer.Ordinal));
            batch.BatchCommands.Add(locking);
        }
        new AppendCommand(messages).AddTo(batch);
        foreach (var change in others)
            batch.BatchCommands.Add(ChangeCommand.Make(change));
        if (batch.BatchCommands.Count == 0)
            return [.. changes.Select(c => ResultOf(c, [], known))];

        // Explicit, and free once it was done: an automatic preparation whose own Bind is refused breaks the connection (Npgsql 10.0.3).
        await batch.PrepareAsync(cancellationToken);
        await using var reader = await batch.ExecuteReaderAsync(cancellationToken);
        if (others.Length > 0)
            await reader.NextResultAsync(cancellationToken);
        HashSet<string> moved = [];
        if (messages.Length > 0)
        {
            moved = await AppendCommand.ReadAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
        }
        var results = new ChangeResult[changes.Count];
        for (var i = 0; i < changes.Count; i++)
        {
            if (changes[i].Change is ChatChange.AddMessage)
            {
                results[i] = ResultOf(changes[i], moved, known);
                continue;
            }
            results[i] = await ChangeCommand.ReadAsync(reader, cancellationToken);
            await reader.NextResultAsync(cancellationToken);
        }
        // The transaction is committed once the end of the pipeline was read, and not before.
        while (await reader.NextResultAsync(cancellationToken)) { }
        return results;
    }

    private static ChangeResult ResultOf(NumberedChange message, HashSet<string> moved, KnownMessages known) =>
        moved.Contains(message.Chat.ChatId) ? ChangeResult.Applied.Instance
        : known.Of(message) is { } duplicate ? new ChangeResult.Answered(duplicate)
        : ChangeResult.Skipped.Instance;

    /// <summary>What came to nothing did so, perhaps, since somebody else has the chat.</summary>
    private static async Task FenceAsync(
        NpgsqlConnection connection,
        IReadOnlyList<NumberedChange> changes,
        ChangeResult[] results,
        CancellationToken cancellationToken
    )
    {
        var doubtful = Enumerable.Range(0, results.Length).Where(i => results[i] is not ChangeResult.Applied).ToArray();
        if (doubtful.Length == 0)
            return;
        await using var command = new NpgsqlCommand(AppendSql.Epochs, connection);
        command.Parameters.WithAll(doubtful.Select(i => changes[i].Chat.ChatId).Distinct(StringComparer.Ordinal));
        var epochs = new Dictionary<string, long>(StringComparer.Ordinal);
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        while (await reader.ReadAsync(cancellationToken))
            epochs[reader.GetString(0)] = reader.GetInt64(1);
        foreach (var i in doubtful)
        {
            var chat = changes[i].Chat;
            if (!epochs.TryGetValue(chat.ChatId, out var epoch) || epoch != chat.Epoch)
                results[i] = new ChangeResult.Answered(new CommitOutcome.Fenced());
        }
    }

    private static partial class Log
    {
        [LoggerMessage(310, LogLevel.Warning, "No connection for the group commit")]
        public static partial void NoConnection(ILogger logger, Exception e);

        // Not the exception: its context quotes the row.
        [LoggerMessage(311, LogLevel.Warning, "A commit of {Changes} changes failed with {SqlState} in {Routine}: {Outcome}")]
        public static partial void Answered(ILogger logger, string sqlState, string? routine, int changes, string outcome);

        [LoggerMessage(312, LogLevel.Warning, "The outcome of a commit of {Changes} changes is unknown")]
        public static partial void Lost(ILogger logger, Exception e, int changes);
    }
}
