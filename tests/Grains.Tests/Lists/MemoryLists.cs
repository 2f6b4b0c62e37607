using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Tests.Lists;

/// <summary>Lists as a test says they are.</summary>
internal sealed class MemoryLists : IChatLists, IMemberStore
{
    public const string NoCursor = "no cursor";
    public const string OtherHistory = "other history";

    public Dictionary<string, List<ChatListRow>> Rows { get; } = [];
    public Dictionary<(string User, string Chat), Preferences> Preferences { get; } = [];

    /// <summary>Who shares a chat with whom, both ways.</summary>
    public HashSet<(string One, string Other)> Sharing { get; } = [];
    public IReadOnlyList<string> Removed { get; set; } = [];

    public Task<ChatListPage> ListAsync(string userId, string? cursor, int limit, CancellationToken cancellationToken) =>
        cursor == NoCursor ? throw new FormatException() : Task.FromResult(new ChatListPage(Of(userId), "next"));

    public Task<ChatListPage> ChannelsAsync(string userId, string? query, string? cursor, int limit, CancellationToken cancellationToken) =>
        ListAsync(userId, cursor, limit, cancellationToken);

    public Task<SyncResult?> SyncAsync(string userId, string? since, int limit, CancellationToken cancellationToken) =>
        since switch
        {
            NoCursor => throw new FormatException(),
            OtherHistory => Task.FromResult<SyncResult?>(null),
            _ => Task.FromResult<SyncResult?>(
                new SyncResult(Of(userId), Removed, [new HiddenMessage { ChatId = "c", MessageId = "m" }], "token", false)
            ),
        };

    public Task<IReadOnlyList<MembershipRow>> MembershipsAsync(IReadOnlyCollection<string> users, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<MembershipRow>>([
            .. users.SelectMany(u => Of(u).Select(r => new MembershipRow(u, r.Chat.ChatId, r.Chat.Revision, 3, true))),
        ]);

    public Task<IReadOnlyList<string>> SharingChatAsync(
        string caller,
        IReadOnlyCollection<string> users,
        CancellationToken cancellationToken
    ) => Task.FromResult<IReadOnlyList<string>>([.. users.Where(u => Sharing.Contains((caller, u)) || Sharing.Contains((u, caller)))]);

    public Task FlushCursorsAsync(IReadOnlyCollection<CursorStep> steps, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task HideAsync(
        string userId,
        string chatId,
        string messageId,
        long seq,
        DateTimeOffset at,
        CancellationToken cancellationToken
    ) => Task.CompletedTask;

    public Task SetPreferencesAsync(string userId, string chatId, Preferences preferences, CancellationToken cancellationToken)
    {
        Preferences[(userId, chatId)] = preferences;
        return Task.CompletedTask;
    }

    private List<ChatListRow> Of(string user) => Rows.GetValueOrDefault(user) ?? [];
}
