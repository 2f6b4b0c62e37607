using BenchmarkDotNet.Attributes;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Micro;

/// <summary>The group commit without a database: queueing, numbering and answering 256 messages of 64 chats.</summary>
public class CommitBenchmarks
{
    private const int Messages = 256;
    private readonly GroupCommit _commit = new(2, 4_096, 512, new Instantly());
    private readonly OpenChat[] _chats = [.. Enumerable.Range(0, 64).Select(i => new OpenChat($"c{i}", 1, 0, 1, 0))];
    private readonly Task<CommitOutcome>[] _tasks = new Task<CommitOutcome>[Messages];

    [Benchmark(OperationsPerInvoke = Messages)]
    public async Task Commit()
    {
        for (var i = 0; i < Messages; i++)
        {
            var change = new ChatChange.AddMessage(
                Protocol.Ids.New(),
                "alice",
                "text",
                Samples.Content,
                null,
                null,
                [],
                DateTimeOffset.UnixEpoch
            );
            _tasks[i] = _commit.Commit(_chats[i % _chats.Length], change).AsTask();
        }
        await Task.WhenAll(_tasks);
    }

    private sealed class Instantly : IBatchCommitter
    {
        public Task<BatchOutcome> CommitAsync(int writer, IReadOnlyList<NumberedChange> batch) =>
            Task.FromResult<BatchOutcome>(new BatchOutcome.Done([.. batch.Select(_ => ChangeResult.Applied.Instance)]));
    }
}
