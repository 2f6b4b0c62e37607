using Microsoft.Extensions.Options;
using Orleans.Chat.Gateway.Auth;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Requests;

/// <summary>How a client that missed something catches up.</summary>
internal sealed class SyncRequests(ChatCalls calls, IOptions<LimitOptions> limits)
{
    private const int DefaultChanges = 200;

    public async Task<Outcome<SyncPage>> SyncAsync(Caller caller, SyncRequest request) =>
        ChatRequestRules.Sync(request) is { } problem
            ? problem
            : await calls.AskAsync(g => g.ChatLists().Sync(caller.UserId, request.Since), repeatable: true);

    public async Task<Outcome<ChangesPage>> ChangesAsync(Caller caller, Errors errors, GetChanges request) =>
        ChatRequestRules.Changes(errors, request, limits.Value) is { } problem
            ? problem
            : await calls.AskAsync(
                g =>
                    g.Chat(request.ChatId!)
                        .GetChanges(
                            caller.UserId,
                            request.AfterRevision ?? 0,
                            request.Limit ?? Math.Min(DefaultChanges, limits.Value.MaxPageSize)
                        ),
                repeatable: true
            );
}
