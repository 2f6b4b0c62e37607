using System.Threading.Channels;
using Npgsql;
using NpgsqlTypes;

namespace Orleans.Chat.Limit;

/// <summary>One message as a row, and who waits for its commit.</summary>
internal sealed record Row(string Room, long Seq, string Id, string Content)
{
    public TaskCompletionSource Committed { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
}

/* Rows of many rooms in one statement and one commit: whatever came while the commit before was under way. As many writers as ours has. One unique
 * index, no head, no reader, no repeat that is known again. */
internal sealed class RowWriter(NpgsqlDataSource database) : BackgroundService
{
    private const int Writers = 2;
    private readonly Channel<Row>[] _queues =
    [
        .. Enumerable.Range(0, Writers).Select(_ => Channel.CreateUnbounded<Row>(new UnboundedChannelOptions { SingleReader = true })),
    ];

    public Task WriteAsync(Row row)
    {
        var queue = _queues[(uint)string.GetHashCode(row.Room, StringComparison.Ordinal) % Writers];
        return queue.Writer.TryWrite(row) ? row.Committed.Task : throw new InvalidOperationException("The writer has ended.");
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await using var create = database.CreateCommand(
            "CREATE TABLE IF NOT EXISTS limit_rows (room text, seq bigint, id text, content text, PRIMARY KEY (room, seq)); TRUNCATE limit_rows"
        );
        await create.ExecuteNonQueryAsync(stoppingToken);
        await Task.WhenAll(_queues.Select(q => WriteAsync(q.Reader, stoppingToken)));
    }

    private async Task WriteAsync(ChannelReader<Row> queue, CancellationToken cancellationToken)
    {
        await using var connection = await database.OpenConnectionAsync(cancellationToken);
        await using var insert = new NpgsqlCommand("INSERT INTO limit_rows SELECT * FROM unnest($1, $2, $3, $4)", connection);
        foreach (var type in new[] { NpgsqlDbType.Text, NpgsqlDbType.Bigint, NpgsqlDbType.Text, NpgsqlDbType.Text })
            insert.Parameters.Add(new NpgsqlParameter { NpgsqlDbType = NpgsqlDbType.Array | type });
        var rows = new List<Row>();
        while (await queue.WaitToReadAsync(cancellationToken))
        {
            rows.Clear();
            while (queue.TryRead(out var row))
                rows.Add(row);
            insert.Parameters[0].Value = rows.ConvertAll(r => r.Room).ToArray();
            insert.Parameters[1].Value = rows.ConvertAll(r => r.Seq).ToArray();
            insert.Parameters[2].Value = rows.ConvertAll(r => r.Id).ToArray();
            insert.Parameters[3].Value = rows.ConvertAll(r => r.Content).ToArray();
            if (!insert.IsPrepared)
                await insert.PrepareAsync(cancellationToken);
            await insert.ExecuteNonQueryAsync(cancellationToken);
            rows.ForEach(r => r.Committed.SetResult());
        }
    }
}
