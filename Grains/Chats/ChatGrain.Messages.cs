using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Changes of messages: edit, delete, react, hide. Each reads the message first, and the log checks again in the commit (a deleted one has no effect). */
internal sealed partial class ChatGrain
{
    public async Task<Outcome<Message>> Edit(string caller, string messageId, string content, MetadataJson? metadata)
    {
        var (problem, chat, _, found) = await FindAsync(caller, messageId);
        if (problem is not null)
            return problem;
        var old = found!.Message;
        if (old.SenderId != caller || old.Type == MessageTypes.System)
            return Problem.Forbidden("Only its sender edits a message.");
        if (old.DeletedAt is not null)
            return Problem.NotFound;
        if (Blocked(chat!, caller) is { } blocked)
            return blocked;
        if (ContentRules.Check(old.Type, content) is { } invalid)
            return invalid;
        if (_budget.Take(chat!.Members.Count) is { } tooMany)
            return tooMany;

        var at = time.GetUtcNow();
        var json = metadata?.Json ?? old.Metadata;
        var mentions = ContentRules
            .Mentions(json is null ? null : new MetadataJson(json))
            .Where(u => u != caller && chat!.Members.ContainsKey(u));
        var now = old with { Content = content, Metadata = json, UpdatedAt = at, EditedAt = at };
        var outcome = await CommitAsync(
            chat!,
            new ChatChange.EditMessage(old.Seq, content, json, [.. mentions.Distinct(StringComparer.Ordinal)], at),
            c =>
                MessageChanged(
                    chat!,
                    ChangeKind.MessageEdited,
                    c,
                    found,
                    m => now with { Revision = c.Revision, Reactions = m.Reactions },
                    at
                )
        );
        return outcome switch
        {
            CommitOutcome.Committed c => ChatViews.For(now with { Revision = c.Revision }, chat!.StatusOf(old.Seq, old.SenderId)),
            CommitOutcome.NoEffect => Problem.NotFound,
            _ => ProblemOf(outcome),
        };
    }

    public async Task<Outcome<Done>> DeleteMessage(string caller, string messageId)
    {
        var (problem, chat, member, found) = await FindAsync(caller, messageId);
        if (problem is not null)
            return problem;
        var old = found!.Message;
        if (
            ChatRules.MayDeleteMessage(chat!.Row.Type, member!.Role, old.SenderId == caller && old.Type != MessageTypes.System) is
            { } forbidden
        )
            return forbidden;
        if (old.DeletedAt is not null)
            return new Done();
        var at = time.GetUtcNow();
        return Answer(
            await CommitAsync(
                chat,
                new ChatChange.DeleteMessage(old.Seq, at),
                c => MessageChanged(chat, ChangeKind.MessageDeleted, c, found, m => Tombstone(m, c.Revision, at), at)
            )
        );
    }

    public async Task<Outcome<Done>> React(string caller, string messageId, string emoji, bool removed)
    {
        var (problem, chat, _, found) = await FindAsync(caller, messageId);
        if (problem is not null)
            return problem;
        if (found!.Message.DeletedAt is not null)
            return Problem.NotFound;
        if (!removed && Blocked(chat!, caller) is { } blocked)
            return blocked;
        if (_budget.Take(chat!.Members.Count) is { } tooMany)
            return tooMany;
        var at = time.GetUtcNow();
        var kind = removed ? ChangeKind.ReactionRemoved : ChangeKind.ReactionAdded;
        return Answer(
            await CommitAsync(
                chat!,
                new ChatChange.React(found.Message.Seq, caller, emoji, removed, at),
                c =>
                    MessageChanged(
                        chat!,
                        kind,
                        c,
                        found,
                        m => m with { Revision = c.Revision, UpdatedAt = at, Reactions = Reacted(m.Reactions, caller, emoji, removed) },
                        at
                    ) with
                    {
                        UserId = caller,
                        Emoji = emoji,
                    }
            )
        );
    }

    public async Task<Outcome<Done>> HideMessage(string caller, string messageId)
    {
        var (problem, chat, _, found) = await FindAsync(caller, messageId, alsoHidden: true);
        if (problem is not null)
            return problem;
        if (found!.HiddenFrom.Contains(caller))
            return new Done();
        try
        {
            await memberStore.HideAsync(caller, Id, messageId, found.Message.Seq, time.GetUtcNow(), CancellationToken.None);
        }
        catch (Exception fault)
        {
            Log.EpochUnknown(logger, Id, fault);
            return Problem.Of(ProblemCodes.Unavailable, "The store cannot be reached.");
        }
        chat!.Tail.Hide(found.Message.Seq, caller);
        var e = new UserEvent(caller, new MessageHidden(messageId) { ChatId = Id });
        foreach (var gateway in Targets(chat))
            await publisher.PublishAsync(gateway, e);
        return new Done();
    }

    /// <summary>A message that the caller may see, as it is now.</summary>
    private async Task<(Problem? Problem, ActiveChat? Chat, ChatMember? Member, FoundMessage? Found)> FindAsync(
        string caller,
        string messageId,
        bool alsoHidden = false
    )
    {
        if (Enter(caller, out var chat, out var member) is { } refusal)
            return (refusal, null, null, null);
        var found = chat.Tail.Find(messageId) is { } here
            ? new FoundMessage(here, chat.Tail.HiddenFrom(here.Seq))
            : await reader.FindAsync(Id, messageId, CancellationToken.None);
        // What is committed and not yet applied is not yet there.
        if (found is null || found.Message.Seq <= chat.Floor(member) || found.Message.Seq > chat.HeadSeq)
            return (Problem.NotFound, null, null, null);
        return !alsoHidden && found.HiddenFrom.Contains(caller) ? (Problem.NotFound, null, null, null) : (null, chat, member, found);
    }

    private static ChangeRow MessageChanged(
        ActiveChat chat,
        ChangeKind kind,
        CommitOutcome.Committed committed,
        FoundMessage found,
        Func<MessageRow, MessageRow> change,
        DateTimeOffset at
    )
    {
        var now = change(chat.Tail.Find(found.Message.Seq) ?? found.Message);
        chat.Tail.Replace(now);
        chat.Set(r => r with { UpdatedAt = at });
        return new ChangeRow
        {
            Revision = committed.Revision,
            Kind = kind,
            Seq = now.Seq,
            At = at,
            Message = now,
            HiddenFrom = found.HiddenFrom,
        };
    }

    private static MessageRow Tombstone(MessageRow message, long revision, DateTimeOffset at) =>
        message with
        {
            Content = "",
            Metadata = null,
            Reactions = [],
            Revision = revision,
            UpdatedAt = at,
            DeletedAt = at,
        };

    private static List<Reaction> Reacted(IReadOnlyList<Reaction> reactions, string user, string emoji, bool removed)
    {
        var now = new List<Reaction>(reactions.Count + 1);
        var seen = false;
        foreach (var reaction in reactions)
        {
            if (reaction.Emoji != emoji)
            {
                now.Add(reaction);
                continue;
            }
            seen = true;
            string[] users = [.. reaction.UserIds.Where(u => u != user), .. removed ? Array.Empty<string>() : [user]];
            if (users.Length > 0)
                now.Add(reaction with { UserIds = users, Count = users.Length });
        }
        if (!seen && !removed)
            now.Add(
                new Reaction
                {
                    Emoji = emoji,
                    Count = 1,
                    UserIds = [user],
                }
            );
        return now;
    }

    private static Outcome<Done> Answer(CommitOutcome outcome) =>
        outcome is CommitOutcome.Committed or CommitOutcome.NoEffect ? new Done() : ProblemOf(outcome);
}
