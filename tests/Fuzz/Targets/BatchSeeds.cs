using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Delivery;
using Orleans.Chat.Protocol;
using Orleans.Chat.PushStreams;
using Orleans.Providers.Streams.Common;

namespace Orleans.Chat.Fuzz.Targets;

/// <summary>A batch of each kind of item, and chat deliveries with the events that change who is in the chat.</summary>
internal static class BatchSeeds
{
    /// <summary>The chat that the receiver's connections are in, at revision 1.</summary>
    public const string ChatId = "chat";
    private static readonly DateTimeOffset At = new(2026, 1, 1, 0, 0, 0, TimeSpan.Zero);

    public static IEnumerable<(string Name, PushBatch Batch)> All()
    {
        yield return ("heartbeat", Batch(new Heartbeat()));
        yield return ("overflow", Batch(new Overflow()));
        yield return ("who-is-here", Batch(new WhoIsHere(["alice", "carol"])));
        yield return ("close-session", Batch(new CloseSession("alice", "session-1")));
        yield return ("presence", Batch(new PresenceChanged(Presence(), ["bob"])));
        yield return ("hints", Batch(new ChatEphemeral(ChatId, [Typing(), new ReceiptEvent("bob", 2, 1) { ChatId = ChatId }], "bob")));
        yield return ("user-event", Batch(new UserEvent("alice", new PreferencesUpdated(new Preferences { Pinned = true }))));
        yield return ("message", Batch(Delivery(Created(2))));
        yield return ("messages", Batch(Delivery(Created(2), Edited(3), Reaction(4))));
        yield return ("hole", Batch(Delivery(Created(9))));
        yield return ("chat-created", Batch(NewChat()));
        yield return ("members", Batch(Delivery(Joined(2), Left(3))));
        yield return ("chat-deleted", Batch(Delivery(Gone(2))));
        yield return ("several", Batch(new Heartbeat(), Delivery(Created(2)), Delivery(Created(3)), new WhoIsHere(["bob"])));
    }

    private static PushBatch Batch(params GatewayEvent[] events) =>
        new()
        {
            StreamId = ChatStreams.Gateway("gateway-1", 0),
            Events = [.. events.Select((e, i) => new GatewayItem("silo-1", i + 1, e))],
            Token = new EventSequenceTokenV2(300),
        };

    private static ChatDelivery Delivery(params DeliveryEntry[] entries) =>
        new()
        {
            ChatId = ChatId,
            Entries = entries,
            Head = entries[^1].Revision,
            PublishedAtMs = At.ToUnixTimeMilliseconds(),
        };

    private static ChatDelivery NewChat() =>
        new()
        {
            ChatId = "other",
            Entries =
            [
                new DeliveryEntry
                {
                    Revision = 1,
                    Event = new ChatCreated(View("other")) { ChatId = "other", Revision = 1 },
                    Members = ["alice", "bob"],
                    HistoryAll = true,
                },
            ],
            Head = 1,
        };

    private static DeliveryEntry Created(long revision) => Entry(revision, new MessageCreated(Message(revision)), messageSeq: 1);

    private static DeliveryEntry Edited(long revision) =>
        Entry(revision, new MessageUpdated(Message(revision)), messageSeq: 1) with
        {
            HiddenFrom = ["bob"],
        };

    private static DeliveryEntry Reaction(long revision) => Entry(revision, new ReactionChanged("m", 1, "👍", "bob", Removed: false), 1);

    private static DeliveryEntry Joined(long revision) => Entry(revision, new MemberJoined(Member("carol"))) with { JoinedSeq = 1 };

    private static DeliveryEntry Left(long revision) => Entry(revision, new MemberLeft(Member("bob")));

    private static DeliveryEntry Gone(long revision) => Entry(revision, new ChatDeleted(View(ChatId)));

    private static DeliveryEntry Entry(long revision, ChatEvent e, long messageSeq = 0) =>
        new()
        {
            Revision = revision,
            Event = e with { ChatId = ChatId, Revision = revision },
            MessageSeq = messageSeq,
        };

    private static TypingEvent Typing() => new("alice", IsTyping: true) { ChatId = ChatId };

    private static UserPresence Presence() =>
        new()
        {
            UserId = "alice",
            Status = PresenceStatus.Offline,
            LastSeenAt = At,
        };

    private static Message Message(long revision) =>
        new()
        {
            MessageId = "m",
            ChatId = ChatId,
            Seq = 1,
            Revision = revision,
            SenderId = "alice",
            Content = "hé",
            Type = MessageTypes.Text,
            Metadata = new MetadataJson("""{"n":[1,-2.5,true]}"""),
            Reactions =
            [
                new Reaction
                {
                    Emoji = "👍",
                    Count = 1,
                    UserIds = ["bob"],
                },
            ],
            CreatedAt = At,
            UpdatedAt = At,
            EditedAt = At,
        };

    private static Member Member(string user) =>
        new()
        {
            UserId = user,
            Role = Roles.Member,
            JoinedAt = At,
            JoinedSeq = 1,
        };

    private static ChatView View(string chatId) =>
        new()
        {
            ChatId = chatId,
            Type = ChatTypes.Group,
            Name = "Room",
            Settings = new ChatSettings { SlowModeS = 5, History = SettingValues.HistoryAll },
            CreatedAt = At,
            UpdatedAt = At,
            Revision = 1,
            HeadSeq = 1,
            MemberCount = 2,
        };
}
