using System.Collections.Concurrent;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests;

internal sealed class MemoryOutboxStore : IOutboxStore
{
    private readonly Lock _lock = new();
    private readonly List<SendMessage> _kept = [];

    public int Added { get; private set; }

    public IReadOnlyList<SendMessage> Kept
    {
        get
        {
            lock (_lock)
                return [.. _kept];
        }
    }

    public ValueTask<IReadOnlyList<SendMessage>> LoadAsync(CancellationToken cancellationToken) => new(Kept);

    public ValueTask AddAsync(SendMessage message, CancellationToken cancellationToken)
    {
        lock (_lock)
        {
            Added++;
            _kept.Add(message);
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask RemoveAsync(SendMessage message, CancellationToken cancellationToken)
    {
        lock (_lock)
            _kept.RemoveAll(kept => kept.MessageId == message.MessageId);
        return ValueTask.CompletedTask;
    }
}

internal sealed class MemoryTokenStore : ITokenStore
{
    private readonly ConcurrentQueue<HeldTokens?> _saved = new();

    public HeldTokens? Held { get; private set; }

    /// <summary>All that was saved, in order.</summary>
    public IReadOnlyCollection<HeldTokens?> Saved => _saved;

    public ValueTask<HeldTokens?> LoadAsync(CancellationToken cancellationToken) => new(Held);

    public ValueTask SaveAsync(HeldTokens? tokens, CancellationToken cancellationToken)
    {
        Held = tokens;
        _saved.Enqueue(tokens);
        return ValueTask.CompletedTask;
    }
}

internal sealed class MemorySyncStore : ISyncStore
{
    private SyncPosition? _position;

    public ValueTask<SyncPosition?> LoadAsync(CancellationToken cancellationToken) => new(_position);

    public ValueTask SaveAsync(SyncPosition position, CancellationToken cancellationToken)
    {
        _position = position;
        return ValueTask.CompletedTask;
    }
}
