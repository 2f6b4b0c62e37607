using System.Collections.Concurrent;

namespace Orleans.Chat.Grains.Clustering;

/// <summary>The chats that are active in this silo and the epochs that they were opened with, so that all can be compared with the database in one query.</summary>
internal sealed class ActiveChats(ActiveChatMetrics metrics)
{
    private readonly ConcurrentDictionary<string, Ownership> _chats = new(StringComparer.Ordinal);

    public IReadOnlyCollection<string> Ids => [.. _chats.Keys];

    public Ownership Add(string chatId, long epoch)
    {
        metrics.Opened();
        return _chats[chatId] = new Ownership(this, chatId, epoch);
    }

    /// <summary>Marks as lost what the database knows under another epoch.</summary>
    public void Compare(IReadOnlyDictionary<string, long> epochs)
    {
        foreach (var (chat, ownership) in _chats)
        {
            if (epochs.TryGetValue(chat, out var epoch) && epoch != ownership.Epoch)
                ownership.Lose();
        }
    }

    private void LetGo(string chatId, Ownership ownership)
    {
        metrics.LetGo();
        _chats.TryRemove(KeyValuePair.Create(chatId, ownership));
    }

    /// <summary>One activation's claim on its chat.</summary>
    internal sealed class Ownership(ActiveChats owner, string chatId, long epoch) : IDisposable
    {
        private volatile bool _lost;

        public long Epoch { get; } = epoch;

        /// <summary>Another activation took the chat over.</summary>
        public bool Lost => _lost;

        public void Lose() => _lost = true;

        public void Dispose() => owner.LetGo(chatId, this);
    }
}
