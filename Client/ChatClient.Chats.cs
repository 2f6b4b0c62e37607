using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client;

public sealed partial class ChatClient
{
    /// <summary>Makes a chat; of a direct one, gives the one that the pair has.</summary>
    /// <exception cref="ChatProblemException">
    /// <c>conflict</c>: the id is taken. <c>forbidden</c>: a member blocks the caller. <c>validation_failed</c>: a field is wrong.
    /// </exception>
    public Task<ChatView> CreateChatAsync(CreateChat chat, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<ChatView>(HttpMethod.Post, "chats", chat, cancellationToken);

    /// <summary>The direct chat with somebody; made if there is none.</summary>
    public Task<ChatView> OpenDirectAsync(string userId, CancellationToken cancellationToken = default) =>
        CreateChatAsync(new CreateChat { Type = ChatTypes.Direct, MemberIds = [userId] }, cancellationToken);

    /// <summary>The caller's chats, newest activity first.</summary>
    public Task<ChatsPage> GetChatsAsync(string? cursor = null, int? limit = null, CancellationToken cancellationToken = default) =>
        GetAsync<ChatsPage>("chats" + Query(("cursor", cursor), ("limit", limit)), cancellationToken);

    /// <summary>A chat.</summary>
    /// <exception cref="ChatProblemException"><c>not_found</c>: there is none, or the caller may not see it.</exception>
    public Task<ChatView> GetChatAsync(string chatId, CancellationToken cancellationToken = default) =>
        GetAsync<ChatView>(ChatPath(chatId), cancellationToken);

    /// <summary>Changes a chat.</summary>
    public Task<ChatView> UpdateChatAsync(string chatId, UpdateChat changes, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<ChatView>(HttpMethod.Patch, ChatPath(chatId), changes, cancellationToken);

    /// <summary>Deletes a chat for everybody.</summary>
    public Task DeleteChatAsync(string chatId, CancellationToken cancellationToken = default) =>
        DeleteAsync(ChatPath(chatId), cancellationToken);

    /// <summary>A page of members.</summary>
    public Task<MembersPage> GetMembersAsync(string chatId, string? cursor = null, CancellationToken cancellationToken = default) =>
        GetAsync<MembersPage>(ChatPath(chatId) + "/members" + Query(("cursor", cursor)), cancellationToken);

    /// <summary>Adds somebody, or changes a role.</summary>
    public Task<Member> SetMemberAsync(string chatId, string userId, string? role = null, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<Member>(HttpMethod.Put, MemberPath(chatId, userId), new SetMember { Role = role }, cancellationToken);

    /// <summary>Removes somebody, or leaves.</summary>
    public Task RemoveMemberAsync(string chatId, string userId, CancellationToken cancellationToken = default) =>
        DeleteAsync(MemberPath(chatId, userId), cancellationToken);

    /// <summary>Public channels by the beginning of a word of their name, the largest first.</summary>
    public Task<ChatsPage> FindChannelsAsync(
        string? query = null,
        string? cursor = null,
        int? limit = null,
        CancellationToken cancellationToken = default
    ) => GetAsync<ChatsPage>("channels" + Query(("query", query), ("cursor", cursor), ("limit", limit)), cancellationToken);

    /// <summary>Joins a public chat.</summary>
    public Task<ChatView> JoinAsync(string chatId, CancellationToken cancellationToken = default) =>
        _rest.CallAsync<ChatView>(HttpMethod.Post, ChatPath(chatId) + "/join", null, cancellationToken);

    /// <summary>What the caller alone has of a chat: muted, pinned, a draft.</summary>
    public Task SetPreferencesAsync(string chatId, Preferences preferences, CancellationToken cancellationToken = default) =>
        _rest.CallAsync(HttpMethod.Put, ChatPath(chatId) + "/preferences", preferences, cancellationToken);

    private static string ChatPath(string chatId) => $"chats/{Escape(chatId)}";

    private static string MemberPath(string chatId, string userId) => $"{ChatPath(chatId)}/members/{Escape(userId)}";
}
