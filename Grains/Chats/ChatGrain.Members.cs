using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Members: add, change, remove, join. A member sees what comes after it joined; the message that tells of it comes after, and it is in it. */
internal sealed partial class ChatGrain
{
    public async Task<Outcome<MembersPage>> Members(string viewer, string? cursor, int limit)
    {
        if (Enter(viewer, out var chat, out _) is { } refusal)
            return refusal;
        if (await StaleAsync(chat) is { } stale)
            return stale;
        var page = chat
            .Members.Values.Where(m => cursor is null || string.CompareOrdinal(m.UserId, cursor) > 0)
            .OrderBy(m => m.UserId, StringComparer.Ordinal)
            .Take(limit + 1)
            .ToArray();
        return new MembersPage
        {
            Members = [.. page.Take(limit).Select(m => AsSeenBy(chat, m, viewer))],
            NextCursor = page.Length > limit ? page[limit - 1].UserId : null,
        };
    }

    /// <summary>Of two who block each other, neither sees how far the other has read.</summary>
    private static Member AsSeenBy(ActiveChat chat, ChatMember member, string viewer)
    {
        var wire = member.Wire(chat.HistoryAll);
        return chat.Blockers.Count > 0 && member.UserId != viewer ? wire with { DeliveredSeq = 0, ReadSeq = 0 } : wire;
    }

    public async Task<Outcome<Member>> SetMember(string caller, string userId, string? role)
    {
        if (Enter(caller, out var chat, out var member) is { } refusal)
            return refusal;
        if (chat.Members.TryGetValue(userId, out var existing))
            return role is null || role == existing.Role
                ? AsSeenBy(chat, existing, caller)
                : await SetRoleAsync(chat, member, existing, role);

        role ??= Roles.Member;
        if (ChatRules.MayAdd(chat.Row.Type, member.Role, role) is { } forbidden)
            return forbidden;
        var known = await accounts.ExistingAsync([userId], CancellationToken.None);
        if (known.Count == 0)
            return Problem.NotFound;
        var blocks = await accounts.BlocksAsync(caller, CancellationToken.None);
        if (blocks.BlockedBy.Contains(userId, StringComparer.Ordinal))
            return Problem.Forbidden("This user does not want to be in a chat with you.");
        return await AddAsync(chat, caller, userId, role, "member.added");
    }

    public async Task<Outcome<ChatView>> Join(string caller)
    {
        if (Refusal() is { } refusal)
            return refusal;
        var chat = _chat!;
        if (!chat.Members.ContainsKey(caller))
        {
            if (!ChatRules.IsPublic(chat.Row.Settings))
                return Problem.NotFound;
            var added = await AddAsync(chat, caller, caller, Roles.Member, "member.joined");
            if (!added.Ok)
                return added.Problem!;
        }
        return await ViewAsync(chat, chat.Members[caller]);
    }

    private async Task<Outcome<Member>> AddAsync(ActiveChat chat, string actor, string userId, string role, string told)
    {
        if (chat.Members.Count >= options.Value.MaxMembers)
            return Problem.Forbidden("The chat is full.");
        var at = time.GetUtcNow();
        var commit = CommitAsync(
            chat,
            new ChatChange.AddMember(userId, role, at),
            c =>
            {
                var row = NewMember(userId, role, at) with
                {
                    JoinedSeq = c.Seq,
                    DeliveredSeq = c.Seq,
                    ReadSeq = c.Seq,
                    ReadOrdinal = chat.Row.Ordinal,
                };
                chat.Join(new ChatMember(row));
                chat.Set(r => r with { UpdatedAt = at });
                FollowRoutes(chat, [userId]);
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.MemberJoined,
                    UserId = userId,
                    Role = role,
                    JoinedSeq = c.Seq,
                    At = at,
                };
            }
        );
        var message = TellAsync(chat, actor, told, userId);
        var outcome = await commit;
        await message;
        return outcome is CommitOutcome.Committed or CommitOutcome.NoEffect && chat.Members.TryGetValue(userId, out var member)
            ? member.Wire(chat.HistoryAll)
            : ProblemOf(outcome);
    }

    private async Task<Outcome<Member>> SetRoleAsync(ActiveChat chat, ChatMember caller, ChatMember member, string role)
    {
        if (ChatRules.MaySetRole(chat.Row.Type, caller.Role, member.Role, role) is { } forbidden)
            return forbidden;
        if (member.Role == Roles.Owner && chat.Members.Values.Count(m => m.Role == Roles.Owner) == 1)
            return Problem.Forbidden("A chat needs an owner.");
        var outcome = await CommitRoleAsync(chat, member, role);
        return outcome is CommitOutcome.Committed or CommitOutcome.NoEffect ? member.Wire(chat.HistoryAll) : ProblemOf(outcome);
    }

    private Task<CommitOutcome> CommitRoleAsync(ActiveChat chat, ChatMember member, string role)
    {
        var at = time.GetUtcNow();
        return CommitAsync(
            chat,
            new ChatChange.SetRole(member.UserId, role, at),
            c =>
            {
                member.Role = role;
                chat.Set(r => r with { UpdatedAt = at });
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.RoleChanged,
                    UserId = member.UserId,
                    Role = role,
                    At = at,
                };
            }
        );
    }

    public async Task<Outcome<Done>> RemoveMember(string caller, string userId)
    {
        if (Enter(caller, out var chat, out var member) is { } refusal)
            return refusal;
        if (!chat.Members.TryGetValue(userId, out var leaving))
            return Problem.NotFound;
        var oneself = caller == userId;
        if (ChatRules.MayRemove(chat.Row.Type, member.Role, leaving.Role, oneself) is { } forbidden)
            return forbidden;
        if (chat.Members.Count == 1)
            return await DeleteAsync(chat);
        if (leaving.Role == Roles.Owner && chat.Members.Values.Count(m => m.Role == Roles.Owner) == 1)
        {
            var heir = await CommitRoleAsync(chat, ChatRules.Heir(chat.Members.Values.Where(m => m != leaving))!, Roles.Owner);
            if (heir is not (CommitOutcome.Committed or CommitOutcome.NoEffect))
                return ProblemOf(heir);
        }
        var at = time.GetUtcNow();
        var commit = CommitAsync(
            chat,
            new ChatChange.RemoveMember(userId, at),
            c =>
            {
                chat.Leave(userId);
                chat.Set(r => r with { UpdatedAt = at });
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.MemberLeft,
                    UserId = userId,
                    Role = leaving.Role,
                    JoinedSeq = leaving.JoinedSeq,
                    At = at,
                };
            }
        );
        var message = TellAsync(chat, caller, oneself ? "member.left" : "member.removed", userId);
        var outcome = await commit;
        await message;
        return Answer(outcome);
    }
}
