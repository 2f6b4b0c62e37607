using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Tests.Lists;

/// <summary>A reader that only counts mentions: by chat, the seqs that mention. What else is asked of it is a fault of the test.</summary>
internal sealed class MentionCounts : IChatReader
{
    public Dictionary<string, long[]> Seqs { get; } = [];
    public List<string> Asked { get; } = [];

    public Task<long> MentionsAsync(string chatId, string userId, long afterSeq, CancellationToken cancellationToken)
    {
        Asked.Add(chatId);
        return Task.FromResult((long)Seqs[chatId].Count(s => s > afterSeq));
    }

    public Task<MessagePage> PageAsync(string chatId, MessageRange range, Visibility visibility, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<FoundMessage?> FindAsync(string chatId, string messageId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<CommitOutcome.Duplicate?> SentAsync(string chatId, string messageId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<MessageEdit>> EditsAsync(string chatId, long seq, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<ChangeRow>> ChangesAsync(string chatId, long afterRevision, int limit, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<long> OrdinalAsync(string chatId, long seq, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Preferences> PreferencesAsync(string userId, string chatId, CancellationToken cancellationToken) =>
        throw new NotSupportedException();

    public Task<IReadOnlyList<(long Seq, string UserId)>> HiddenAsync(string chatId, long fromSeq, CancellationToken cancellationToken) =>
        throw new NotSupportedException();
}
