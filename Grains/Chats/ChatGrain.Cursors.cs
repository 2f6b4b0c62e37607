using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Chats;

/* Delivered and read: two numbers per member that only grow. They change in memory at once, so every answer knows them, and are gathered on their
 * way to the store; the others are told what is written, for what a dying silo forgets would be told as less by the next. */
internal sealed partial class ChatGrain
{
    private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
    private IGrainTimer? _gathering;
    private Task _told = Task.CompletedTask;

    public async Task<Cursor?> Acknowledge(string user, long? deliveredSeq, long? readSeq)
    {
        if (Enter(user, out var chat, out var member) is not null)
            return null;
        var read = Math.Clamp(readSeq ?? 0, 0, chat.HeadSeq);
        var delivered = Math.Clamp(deliveredSeq ?? 0, 0, chat.HeadSeq);
        var ordinal = 0L;
        if (read > member.ReadSeq)
            ordinal = read == chat.HeadSeq ? chat.Row.Ordinal : chat.Tail.Ordinal(read) ?? await OrdinalAsync(read);
        if (chat.Advance(member, delivered, read, ordinal))
        {
            _moved.Add(user);
            Gather();
        }
        var cursor = new Cursor(Id, member.DeliveredSeq, member.ReadSeq, member.ReadOrdinal);
        await GrainFactory.Session(user).NoteCursors([cursor]);
        return cursor;
    }

    private Task<long> OrdinalAsync(long seq) => reader.OrdinalAsync(Id, seq, CancellationToken.None);

    private void Gather()
    {
        var due = TimeSpan.FromMilliseconds(options.Value.GatherMs);
        if (_gathering is null)
            _gathering = this.RegisterGrainTimer(
                static (self, _) =>
                {
                    if (self._chat is { } chat)
                        self.FlushCursors(chat);
                    return Task.CompletedTask;
                },
                this,
                new GrainTimerCreationOptions(due, Timeout.InfiniteTimeSpan) { Interleave = true }
            );
        else if (_moved.Count == 1)
            _gathering.Change(due, Timeout.InfiniteTimeSpan);
    }

    private void FlushCursors(ActiveChat chat)
    {
        if (_moved.Count == 0)
            return;
        var now = time.GetUtcNow();
        var steps = new List<CursorStep>(_moved.Count);
        var receipts = new List<ChatEvent>(_moved.Count);
        foreach (var user in _moved)
        {
            if (!chat.Members.TryGetValue(user, out var member))
                continue;
            steps.Add(new CursorStep(Id, user, member.DeliveredSeq, member.ReadSeq, member.ReadOrdinal, now));
            receipts.Add(new ReceiptEvent(user, member.DeliveredSeq, member.ReadSeq) { ChatId = Id });
        }
        _moved.Clear();
        // Who moved has left since: nothing will be written, so nothing may be waited for.
        if (steps.Count == 0)
            return;
        _told = TellAsync(chat, receipts, flusher.Add(steps), _told);
    }

    private async Task TellAsync(ActiveChat chat, List<ChatEvent> receipts, Task written, Task before)
    {
        await before;
        await written;
        // Somebody else has the chat, and knows of later steps.
        if (chat.Log.Closed || _ownership!.Lost)
            return;
        if (chat.Blockers.Count == 0)
            PublishEphemeral(chat, [.. receipts], except: null);
        else
            TellOwnReceipts(chat, receipts);
    }

    /// <summary>A direct chat whose two block each other: each sees its own receipts and not the other's.</summary>
    private void TellOwnReceipts(ActiveChat chat, List<ChatEvent> receipts)
    {
        foreach (var receipt in receipts.OfType<ReceiptEvent>())
            PublishEphemeral(chat, [receipt], except: chat.Members.Keys.FirstOrDefault(u => u != receipt.UserId));
    }
}
