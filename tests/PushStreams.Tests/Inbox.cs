using Orleans.Streams;

namespace Orleans.Chat.PushStreams.Tests;

/// <summary>What a subscriber got, batch by batch. <see cref="Receive"/> may hold a batch, or fail it.</summary>
public sealed class Inbox : IAsyncBatchObserver<Numbered>
{
    private readonly Lock _lock = new();
    private readonly List<Numbered[]> _batches = [];
    private readonly List<Exception> _errors = [];

    public Func<IReadOnlyList<Numbered>, Task> Receive { get; init; } = _ => Task.CompletedTask;

    public IReadOnlyList<Numbered[]> Batches
    {
        get
        {
            lock (_lock)
                return [.. _batches];
        }
    }

    public int Errors
    {
        get
        {
            lock (_lock)
                return _errors.Count;
        }
    }

    public IReadOnlyList<Numbered> Items => [.. Batches.SelectMany(b => b)];

    public IEnumerable<int> Values => Items.Select(n => n.Value);

    public async Task OnNextAsync(IList<SequentialItem<Numbered>> items)
    {
        var batch = items.Select(i => i.Item).ToArray();
        lock (_lock)
            _batches.Add(batch);
        await Receive(batch);
    }

    public Task OnErrorAsync(Exception ex)
    {
        lock (_lock)
            _errors.Add(ex);
        return Task.CompletedTask;
    }

    public Task WaitAsync(int count) => Until.TrueAsync(() => Items.Count >= count, () => $"{Items.Count} of {count} events arrived");

    public Task WaitForAsync(int value) =>
        Until.TrueAsync(() => Values.Contains(value), () => $"{value} did not arrive, {Items.Count} others did");
}

internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition, Func<string> what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
        patience.CancelAfter(TimeSpan.FromSeconds(60));
        try
        {
            while (!condition())
                await timer.WaitForNextTickAsync(patience.Token);
        }
        catch (OperationCanceledException over)
        {
            throw new TimeoutException(what(), over);
        }
    }
}
