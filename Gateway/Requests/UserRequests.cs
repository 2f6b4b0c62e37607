using System.Security.Claims;
using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>The directory of users, one's own profile, blocks, and who is there.</summary>
internal sealed class UserRequests(ChatCalls calls, Identities identities, IOptions<LimitOptions> limits)
{
    private const int DefaultPage = 50;

    public async Task<Outcome<User>> GetAsync(string userId)
    {
        var user = await calls.ReadAsync(g => g.Directory().Find(userId));
        return user.Problem ?? (user.Value is { } found ? (Outcome<User>)found : Problem.NotFound);
    }

    public Task<Outcome<User>> MeAsync(Caller caller) => calls.AskAsync(g => g.Account(caller.UserId).Profile(), repeatable: true);

    public async Task<Outcome<UserList>> SearchAsync(Errors errors, string? query, int? limit)
    {
        if (AccountRules.Search(errors, query, limit, limits.Value) is { } problem)
            return problem;
        var users = await calls.ReadAsync(g => g.Directory().Search(query!, limit ?? Math.Min(DefaultPage, limits.Value.MaxPageSize)));
        return users.Problem is { } failed ? failed : new UserList { Users = users.Value! };
    }

    public async Task<Outcome<User>> UpdateAsync(Caller caller, UpdateUser request) =>
        AccountRules.Update(request) is { } problem
            ? problem
            : await calls.AskAsync(g => g.Account(caller.UserId).Update(request with { UserId = null }), repeatable: true);

    /// <summary>A user of an external provider chooses its id, once. One of our own chose it at registration: only its name can be put.</summary>
    public async Task<Outcome<User>> ChooseAsync(ClaimsPrincipal principal, UpdateUser request)
    {
        if (AccountRules.Choose(request) is { } problem)
            return problem;
        if (principal.ExternalSubject() is not { } external)
        {
            var caller = principal.ToCaller();
            return request.UserId == caller.UserId
                ? await UpdateAsync(caller, new UpdateUser { DisplayName = request.DisplayName })
                : Problem.Of(ProblemCodes.Conflict, "The user id was chosen before.");
        }
        var chosen = await calls.AskAsync(
            g => g.Directory().ChooseUserId(external.Issuer, external.Subject, request.UserId!, request.DisplayName!),
            repeatable: true
        );
        identities.Forget(external.Issuer, external.Subject);
        return chosen;
    }

    public async Task<Outcome<BlockList>> BlocksAsync(Caller caller)
    {
        var blocks = await calls.ReadAsync(g => g.Account(caller.UserId).Blocks());
        return blocks.Problem is { } problem ? problem : new BlockList { UserIds = blocks.Value! };
    }

    public Task<Outcome<Done>> BlockAsync(Caller caller, string userId, bool blocked) =>
        calls.AskAsync(g => g.Account(caller.UserId).Block(userId, blocked), repeatable: true);

    /// <summary>Somebody who shares no chat with the caller is offline to it.</summary>
    public async Task<Outcome<UserPresence>> PresenceAsync(Caller caller, string userId)
    {
        if (userId != caller.UserId)
        {
            var user = await GetAsync(userId);
            if (user.Problem is { } unknown)
                return unknown;
            var sharing = await calls.ReadAsync(g => g.ChatLists().SharingChat(caller.UserId, [userId]));
            if (sharing.Problem is { } problem)
                return problem;
            if (sharing.Value is not [_, ..])
                return new UserPresence { UserId = userId, Status = PresenceStatus.Offline };
        }
        return await calls.ReadAsync(g => g.Presence(userId).Get(caller.UserId));
    }

    public async Task<Outcome<Done>> SetPresenceAsync(Caller caller, SetPresence request)
    {
        if (AccountRules.SetPresence(request) is { } problem)
            return problem;
        return await calls.ReadAsync(async g =>
        {
            await g.Presence(caller.UserId).Set(request.Status!);
            return default(Done);
        });
    }
}
