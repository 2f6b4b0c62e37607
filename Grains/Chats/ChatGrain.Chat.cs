using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* The chat itself: create, change, delete. */
internal sealed partial class ChatGrain
{
    public async Task<Outcome<CreatedChat>> Create(string caller, CreateChat chat)
    {
        if (_chat is { } existing)
        {
            if (Refusal() is { } refusal)
                return refusal;
            return chat.Type == ChatTypes.Direct && existing.Members.TryGetValue(caller, out var member)
                ? new CreatedChat(await ViewAsync(existing, member), Created: false)
                : Taken();
        }
        if (_missing.Retry)
            return Refusal()!;
        string[] others = [.. (chat.MemberIds ?? []).Where(u => u != caller).Distinct(StringComparer.Ordinal)];
        if (await MayCreateAsync(caller, chat.Type!, others) is { } problem)
            return problem;

        var at = time.GetUtcNow();
        var row = new ChatRow
        {
            ChatId = Id,
            Type = chat.Type!,
            Name = chat.Name,
            Metadata = chat.Metadata?.Json,
            Settings = ChatRules.Defaults(chat.Type!, chat.Settings),
            CreatedAt = at,
            UpdatedAt = at,
            Revision = 1,
            MemberCount = others.Length + 1,
        };
        var callersRole = chat.Type == ChatTypes.Direct ? Roles.Member : Roles.Owner;
        List<MemberRow> members = [NewMember(caller, callersRole, at), .. others.Select(u => NewMember(u, Roles.Member, at))];
        if (await log.CreateAsync(row, members, cluster.View, CancellationToken.None) is not CreateOutcome.Created created)
        {
            // Another activation was first; the next call finds what it made.
            DeactivateOnIdle();
            return chat.Type == ChatTypes.Direct ? Problem.Repeat("The chat was made at this moment.") : Taken();
        }
        return await CreatedAsync(created.Log, row, members, caller);
    }

    private async Task<Outcome<CreatedChat>> CreatedAsync(OpenChat opened, ChatRow row, List<MemberRow> members, string caller)
    {
        var tail = new ChatTail(options.Value.Tail, options.Value.RecentChanges);
        var chat = new ActiveChat(opened, row, members, tail);
        Enter(chat);
        await ReadBlocksAsync();
        var change = new ChangeRow
        {
            Revision = 1,
            Kind = ChangeKind.ChatCreated,
            At = row.CreatedAt,
        };
        tail.Note(change);
        Publish(ChangeEvents.Entry(chat, change));
        return new CreatedChat(await ViewAsync(chat, chat.Members[caller]), Created: true);
    }

    private static MemberRow NewMember(string user, string role, DateTimeOffset at) =>
        new()
        {
            UserId = user,
            Role = role,
            JoinedAt = at,
            JoinedSeq = 0,
        };

    private static Problem Taken() => Problem.Of(ProblemCodes.Conflict, "A chat of this id exists, or existed.");

    private async Task<Problem?> MayCreateAsync(string caller, string type, string[] others)
    {
        if (type == ChatTypes.Direct && others.Length != 1)
            return Problem.Invalid("member_ids", "A direct chat has exactly one other.");
        if (others.Length + 1 > options.Value.MaxMembers)
            return Problem.Invalid("member_ids", "Too many members.");
        var known = await accounts.ExistingAsync(others, CancellationToken.None);
        if (others.Except(known, StringComparer.Ordinal).FirstOrDefault() is { } unknown)
            return Problem.Invalid("member_ids", $"There is no user {unknown}.");
        if (others.Length == 0)
            return null;
        var blocks = await accounts.BlocksAsync(caller, CancellationToken.None);
        return blocks.BlockedBy.Intersect(others, StringComparer.Ordinal).Any()
            ? Problem.Forbidden("Somebody of these does not want to be in a chat with you.")
            : null;
    }

    public async Task<Outcome<ChatView>> Update(string caller, UpdateChat change)
    {
        if (Enter(caller, out var chat, out var member) is { } refusal)
            return refusal;
        if (ChatRules.MayUpdate(chat.Row.Type, member.Role) is { } forbidden)
            return forbidden;
        if (change.Settings?.Visibility == SettingValues.Public && !ChatRules.IsPublicKind(chat.Row.Type))
            return Problem.Invalid("settings.visibility", "Only channels and broadcasts can be public.");

        var at = time.GetUtcNow();
        var (name, metadata) = (change.Name ?? chat.Row.Name, change.Metadata?.Json ?? chat.Row.Metadata);
        var settings = ChatRules.Merge(chat.Row.Settings, change.Settings);
        var renamed = name != chat.Row.Name;
        var commit = CommitAsync(
            chat,
            new ChatChange.UpdateChat(name, metadata, settings, at),
            c =>
            {
                chat.Set(r => r with { Name = name, Metadata = metadata, Settings = settings, UpdatedAt = at });
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.ChatUpdated,
                    At = at,
                };
            }
        );
        var told = renamed ? TellAsync(chat, caller, "chat.renamed", name) : Task.CompletedTask;
        var outcome = await commit;
        await told;
        return outcome is CommitOutcome.Committed or CommitOutcome.NoEffect ? await ViewAsync(chat, member) : ProblemOf(outcome);
    }

    public async Task<Outcome<Done>> DeleteChat(string caller)
    {
        if (Enter(caller, out var chat, out var member) is { } refusal)
            return refusal;
        return ChatRules.MayDelete(chat.Row.Type, member.Role) is { } forbidden ? forbidden : await DeleteAsync(chat);
    }

    private async Task<Outcome<Done>> DeleteAsync(ActiveChat chat)
    {
        var at = time.GetUtcNow();
        var outcome = await CommitAsync(
            chat,
            new ChatChange.DeleteChat(at),
            c =>
            {
                chat.Set(r => r with { UpdatedAt = at });
                return new ChangeRow
                {
                    Revision = c.Revision,
                    Kind = ChangeKind.ChatDeleted,
                    At = at,
                };
            }
        );
        if (outcome is CommitOutcome.Committed)
        {
            await Publishing;
            DeactivateOnIdle();
        }
        return Answer(outcome);
    }

    public async Task RefreshBlocks()
    {
        if (_chat is not null && !_chat.Log.Closed)
            await ReadBlocksAsync();
        else
            DeactivateOnIdle();
    }

    private async Task ReadBlocksAsync()
    {
        if (_chat is not { Row.Type: ChatTypes.Direct } chat || chat.Members.Keys.ToArray() is not [var one, var other])
            return;
        var blocks = await accounts.BlocksAsync(one, CancellationToken.None);
        chat.Blockers.Clear();
        if (blocks.Blocking.Contains(other, StringComparer.Ordinal))
            chat.Blockers.Add(one);
        if (blocks.BlockedBy.Contains(other, StringComparer.Ordinal))
            chat.Blockers.Add(other);
    }

    /// <summary>A message of type <c>system</c>: what happened, for those who read the chat.</summary>
    private Task<CommitOutcome> TellAsync(ActiveChat chat, string actor, string what, string? about)
    {
        var metadata = new MetadataJson(System.Text.Json.JsonSerializer.Serialize(new { action = what, about }, ProtocolJson.Options));
        var message = new NewMessage
        {
            MessageId = Ids.New(),
            Content = what,
            Type = MessageTypes.System,
            Metadata = metadata,
        };
        return AddMessageAsync(chat, message, actor, null, ContentRules.Fingerprint(actor, message), time.GetUtcNow());
    }
}
