using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Orleans.Chat.Grains.Clustering;
using Orleans.Chat.Grains.Delivery;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;
using Orleans.Placement;

namespace Orleans.Chat.Grains.Chats;

/* One conversation. The activation is the only writer of its log while its epoch is the one in the database; the log decides, not the grain.
 *
 * Sends interleave: each takes its place in the log's queue before its first await, so a hot chat fills batches and still has one order.
 * Everything else runs one call at a time. What is committed is applied and published in revision order (ActiveChat, Publishing).
 *
 * An activation that is fenced, or does not know what became of a commit, gives up: it answers "repeat", deactivates, and the next one reads
 * the truth and begins by announcing its head, so that what was committed and not pushed is pulled. */
[GrainType("chat"), RandomPlacement]
internal sealed partial class ChatGrain(
    IChatLog log,
    IChatReader reader,
    IMemberStore memberStore,
    IAccountStore accounts,
    ClusterState cluster,
    ActiveChats active,
    RouteTable routes,
    IGatewayPublisher publisher,
    CursorFlusher flusher,
    IOptions<ChatOptions> options,
    IOptions<DeliveryOptions> delivery,
    TimeProvider time,
    ILogger<ChatGrain> logger
) : Grain, IChatGrain
{
    /// <summary>
    /// How long an activation answers for a chat that is not there: were it to leave with its first answer, calls that came together would be
    /// handed from one leaving activation to the next until the runtime refused them, and each would ask the store.
    /// </summary>
    private static readonly TimeSpan KnownMissing = TimeSpan.FromSeconds(1);

    private ActiveChat? _chat;
    private Problem _missing = Problem.NotFound;
    private ActiveChats.Ownership? _ownership;
    private readonly DeliveryBudget _budget = new(options.Value.DeliveriesPerSecond, time);

    /// <summary>Complete unless a change of who may write is on its way. Those do not interleave, so there is one at most.</summary>
    private Task _rightsSettled = Task.CompletedTask;

    private string Id => this.GetPrimaryKeyString();

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        try
        {
            switch (await log.OpenAsync(Id, cluster.View, options.Value.Tail, cancellationToken))
            {
                case OpenOutcome.Opened opened:
                    await EnterAsync(opened, cancellationToken);
                    break;
                case OpenOutcome.ViewTooOld:
                    Log.ViewTooOld(logger, Id);
                    await cluster.RefreshAsync();
                    _missing = Problem.Repeat("The chat is on its way to another silo.");
                    break;
                case OpenOutcome.Missing or OpenOutcome.Deleted:
                    this.RegisterGrainTimer(ForgetMissing, KnownMissing, Timeout.InfiniteTimeSpan);
                    break;
            }
        }
        catch (Exception fault) when (!cancellationToken.IsCancellationRequested)
        {
            // An exception of the driver must not cross a grain call; the next call activates again.
            Log.OpenFailed(logger, Id, fault);
            _missing = Problem.Repeat("The store cannot be reached.");
        }
    }

    public override async Task OnDeactivateAsync(DeactivationReason reason, CancellationToken cancellationToken)
    {
        if (_chat is not { } chat)
            return;
        _ownership?.Dispose();
        await Publishing;
        FlushCursors(chat);
        await flusher.FlushAsync(cancellationToken);
        // What could not be written is told by the next activation, with the member's next step.
        await _told
            .WaitAsync(cancellationToken)
            .ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing | ConfigureAwaitOptions.ContinueOnCapturedContext);
        routes.Leave(_routes, chat.Members.Keys);
    }

    private Task ForgetMissing()
    {
        if (_chat is null)
            DeactivateOnIdle();
        return Task.CompletedTask;
    }

    private async Task EnterAsync(OpenOutcome.Opened opened, CancellationToken cancellationToken)
    {
        var tail = new ChatTail(options.Value.Tail, options.Value.RecentChanges);
        tail.Load(opened.Tail, opened.Chat.HeadSeq);
        foreach (var (seq, user) in await reader.HiddenAsync(Id, tail.First, cancellationToken))
            tail.Hide(seq, user);
        Enter(new ActiveChat(opened.Log, opened.Chat, opened.Members, tail));
        await ReadBlocksAsync();
    }

    private void Enter(ActiveChat chat)
    {
        _chat = chat;
        _ownership = active.Add(Id, chat.Log.Epoch);
        FollowRoutes(chat, chat.Members.Keys);
        AnnounceHead();
    }

    /// <summary>The chat, or why there is none here. An activation that could not read its chat does not stay.</summary>
    private Problem? Refusal()
    {
        if (_chat is null)
        {
            if (_missing.Retry || !cluster.LeaseIsFresh)
                DeactivateOnIdle();
            return _missing;
        }
        return _chat.Log.Closed || _ownership!.Lost ? GiveUp() : null;
    }

    private Problem GiveUp()
    {
        DeactivateOnIdle();
        return Problem.Repeat("The chat moved to another activation.");
    }

    /// <summary>The chat and the member that asks; a stranger gets what it would get if there were no chat.</summary>
    private Problem? Enter(string user, out ActiveChat chat, out ChatMember member)
    {
        (chat, member) = (null!, null!);
        if (Refusal() is { } refusal)
            return refusal;
        chat = _chat!;
        return chat.Members.TryGetValue(user, out member!) ? null : Problem.NotFound;
    }

    /// <summary>
    /// Memory answers only while this silo surely owns the chat; otherwise the epoch in the database is asked. Reads call it before they answer.
    /// </summary>
    private async ValueTask<Problem?> StaleAsync(ActiveChat chat)
    {
        if (cluster.LeaseIsFresh)
            return null;
        try
        {
            var epochs = await log.EpochsAsync([Id], CancellationToken.None);
            return epochs.TryGetValue(Id, out var epoch) && epoch == chat.Log.Epoch ? null : GiveUp();
        }
        catch (Exception fault)
        {
            Log.EpochUnknown(logger, Id, fault);
            return Problem.Of(ProblemCodes.Unavailable, "It cannot be told whether this is current.");
        }
    }

    /// <summary>Commits one change; when it is committed, applies it in its place and publishes it.</summary>
    private Task<CommitOutcome> CommitAsync(ActiveChat chat, ChatChange change, Func<CommitOutcome.Committed, ChangeRow> apply)
    {
        if (change is not (ChatChange.RemoveMember or ChatChange.SetRole or ChatChange.UpdateChat or ChatChange.DeleteChat))
            return CommitAndApplyAsync(chat, change, apply);
        var settled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        _rightsSettled = settled.Task;
        return CommitRightsAsync(chat, change, apply, settled);
    }

    /// <summary>Of a change that may take away the right to write: <paramref name="settled"/> when it is applied, or known not to be.</summary>
    private async Task<CommitOutcome> CommitRightsAsync(
        ActiveChat chat,
        ChatChange change,
        Func<CommitOutcome.Committed, ChangeRow> apply,
        TaskCompletionSource settled
    )
    {
        CommitOutcome? outcome = null;
        try
        {
            return outcome = await CommitAndApplyAsync(
                chat,
                change,
                c =>
                {
                    var row = apply(c);
                    settled.SetResult();
                    return row;
                }
            );
        }
        finally
        {
            // One that is committed may still wait for the changes before it.
            if (outcome is not CommitOutcome.Committed)
                settled.TrySetResult();
        }
    }

    private async Task<CommitOutcome> CommitAndApplyAsync(
        ActiveChat chat,
        ChatChange change,
        Func<CommitOutcome.Committed, ChangeRow> apply
    )
    {
        var outcome = await log.CommitAsync(chat.Log, change);
        switch (outcome)
        {
            case CommitOutcome.Committed committed:
                chat.Apply(
                    committed.Revision,
                    () =>
                    {
                        var row = apply(committed);
                        chat.Tail.Note(row);
                        Publish(ChangeEvents.Entry(chat, row));
                    }
                );
                break;
            case CommitOutcome.Fenced or CommitOutcome.Unknown:
                Log.GaveUp(logger, Id, outcome.GetType().Name);
                DeactivateOnIdle();
                cluster.RefreshAsync().Ignore();
                break;
        }
        return outcome;
    }

    /// <summary>What a call answers whose change was not committed.</summary>
    private static Problem ProblemOf(CommitOutcome outcome) =>
        outcome switch
        {
            CommitOutcome.Overloaded => Problem.Of(ProblemCodes.Overloaded, "The store has more to write than it can.") with
            {
                RetryAfterMs = 500,
            },
            CommitOutcome.Refused refused => Problem.Of(
                ProblemCodes.ValidationFailed,
                $"The store cannot keep this (SQLSTATE {refused.SqlState})."
            ),
            _ => Problem.Repeat("The chat moved to another activation."),
        };

    private static partial class Log
    {
        [LoggerMessage(1, LogLevel.Warning, "Chat {Chat}: this silo's view of the cluster is older than the last owner's")]
        public static partial void ViewTooOld(ILogger logger, string chat);

        [LoggerMessage(2, LogLevel.Error, "Chat {Chat} could not be opened")]
        public static partial void OpenFailed(ILogger logger, string chat, Exception fault);

        [LoggerMessage(3, LogLevel.Warning, "Chat {Chat}: a commit ended as {Outcome}; the activation gives up")]
        public static partial void GaveUp(ILogger logger, string chat, string outcome);

        [LoggerMessage(4, LogLevel.Warning, "Chat {Chat}: the epoch could not be read")]
        public static partial void EpochUnknown(ILogger logger, string chat, Exception fault);
    }
}
