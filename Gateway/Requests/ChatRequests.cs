using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>Chats, their members, and what a member sets for itself.</summary>
internal sealed class ChatRequests(ChatCalls calls, IOptions<LimitOptions> limits)
{
    private const int DefaultPage = 50;

    /// <summary>A direct chat has the id of its pair, whatever id was asked for: so both find the one that is there.</summary>
    public async Task<Outcome<CreatedChat>> CreateAsync(Caller caller, CreateChat request)
    {
        if (ChatRequestRules.Create(request, caller.UserId, limits.Value) is { } problem)
            return problem;
        var direct = request.Type == ChatTypes.Direct;
        var chatId = direct ? Ids.Direct(caller.UserId, request.MemberIds!.First(m => m != caller.UserId)) : request.ChatId ?? Ids.New();
        return await calls.AskAsync(g => g.Chat(chatId).Create(caller.UserId, request with { ChatId = chatId }), repeatable: direct);
    }

    public Task<Outcome<ChatView>> GetAsync(Caller caller, string chatId) =>
        calls.AskAsync(g => g.Chat(chatId).Get(caller.UserId), repeatable: true);

    public async Task<Outcome<ChatView>> UpdateAsync(Caller caller, string chatId, UpdateChat request) =>
        ChatRequestRules.Update(request, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(g => g.Chat(chatId).Update(caller.UserId, request));

    public Task<Outcome<Done>> DeleteAsync(Caller caller, string chatId) => calls.AskAsync(g => g.Chat(chatId).DeleteChat(caller.UserId));

    public Task<Outcome<ChatView>> JoinAsync(Caller caller, string chatId) =>
        calls.AskAsync(g => g.Chat(chatId).Join(caller.UserId), repeatable: true);

    public async Task<Outcome<MembersPage>> MembersAsync(Caller caller, Errors errors, string chatId, string? cursor, int? limit) =>
        ChatRequestRules.Members(errors, cursor, limit, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(g => g.Chat(chatId).Members(caller.UserId, cursor, Page(limit)), repeatable: true);

    public async Task<Outcome<Member>> SetMemberAsync(Caller caller, string chatId, string userId, SetMember request) =>
        ChatRequestRules.SetMember(request) is { } problem
            ? problem
            : await calls.AskAsync(g => g.Chat(chatId).SetMember(caller.UserId, userId, request.Role), repeatable: true);

    public Task<Outcome<Done>> RemoveMemberAsync(Caller caller, string chatId, string userId) =>
        calls.AskAsync(g => g.Chat(chatId).RemoveMember(caller.UserId, userId));

    public async Task<Outcome<Preferences>> SetPreferencesAsync(Caller caller, string chatId, Preferences request) =>
        ChatRequestRules.SetPreferences(request, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(g => g.Account(caller.UserId).SetPreferences(chatId, request), repeatable: true);

    public async Task<Outcome<ChatsPage>> ListAsync(Caller caller, Errors errors, string? cursor, int? limit) =>
        ChatRequestRules.List(errors, null, cursor, limit, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(g => g.ChatLists().List(caller.UserId, cursor, Page(limit)), repeatable: true);

    public async Task<Outcome<ChatsPage>> ChannelsAsync(Caller caller, Errors errors, string? query, string? cursor, int? limit) =>
        ChatRequestRules.List(errors, query, cursor, limit, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(g => g.ChatLists().Channels(caller.UserId, query, cursor, Page(limit)), repeatable: true);

    private int Page(int? limit) => limit ?? Math.Min(DefaultPage, limits.Value.MaxPageSize);
}
