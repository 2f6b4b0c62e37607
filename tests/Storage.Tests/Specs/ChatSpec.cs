using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Storage.Tests.Specs;

/// <summary>What the specs of a chat's storage share: chats, people and messages in one line each.</summary>
public abstract class ChatSpec(StorageFixture store)
{
    private long _ticks = new DateTimeOffset(2024, 3, 20, 10, 0, 0, TimeSpan.Zero).Ticks;

    protected StorageFixture Store => store;
    protected static CancellationToken Ct => TestContext.Current.CancellationToken;
    protected static ClusterView View { get; } = new("one", 5);

    protected static string Id(string prefix = "") => prefix + Guid.CreateVersion7().ToString("N", CultureInfo.InvariantCulture)[..24];

    /// <summary>A second later each time, in whole milliseconds as the protocol has them.</summary>
    protected DateTimeOffset Now() => new(Interlocked.Add(ref _ticks, TimeSpan.TicksPerSecond), TimeSpan.Zero);

    protected ChatRow Chat(string? chatId = null, string type = ChatTypes.Group, int members = 0, ChatSettings? settings = null)
    {
        var at = Now();
        return new ChatRow
        {
            ChatId = chatId ?? Id("c"),
            Type = type,
            Name = "A chat",
            Metadata = """{"topic": "all"}""",
            Settings = settings ?? new ChatSettings { History = SettingValues.HistoryJoined, Visibility = SettingValues.Private },
            CreatedAt = at,
            UpdatedAt = at,
            Revision = 1,
            MemberCount = members,
        };
    }

    protected MemberRow Member(string userId, string role = Roles.Member) =>
        new()
        {
            UserId = userId,
            Role = role,
            JoinedAt = Now(),
            JoinedSeq = 0,
        };

    protected Task<OpenChat> NewChatAsync(params string[] members) => NewChatAsync(Chat(members: members.Length), members);

    protected async Task<OpenChat> NewChatAsync(ChatRow chat, params string[] members)
    {
        var outcome = await store.Log.CreateAsync(chat, [.. members.Select(m => Member(m))], View, Ct);
        return outcome.ShouldBeOfType<CreateOutcome.Created>().Log;
    }

    protected async Task<OpenOutcome.Opened> OpenAsync(string chatId, IChatLog? log = null, int tail = 50) =>
        (await (log ?? store.Log).OpenAsync(chatId, View, tail, Ct)).ShouldBeOfType<OpenOutcome.Opened>();

    protected ChatChange.AddMessage Text(
        string sender,
        string content,
        string? id = null,
        string[]? mentions = null,
        string? type = null
    ) =>
        new(
            id ?? Ids.New(),
            sender,
            type ?? MessageTypes.Text,
            content,
            """{"k":1}""",
            mentions,
            SHA256.HashData(Encoding.UTF8.GetBytes(sender + content)),
            Now()
        );

    protected Task<CommitOutcome> CommitAsync(OpenChat chat, ChatChange change, IChatLog? log = null) =>
        (log ?? store.Log).CommitAsync(chat, change).AsTask().WaitAsync(TimeSpan.FromSeconds(30), Ct);

    protected async Task<CommitOutcome.Committed> CommittedAsync(OpenChat chat, ChatChange change) =>
        (await CommitAsync(chat, change)).ShouldBeOfType<CommitOutcome.Committed>();

    /// <summary>Sends a text and answers its seq.</summary>
    protected async Task<long> SendAsync(OpenChat chat, string sender, string content = "hello", string[]? mentions = null) =>
        (await CommittedAsync(chat, Text(sender, content, mentions: mentions))).Seq;

    protected async Task<IReadOnlyList<MessageRow>> AllAsync(string chatId) =>
        (await store.Reader.PageAsync(chatId, new MessageRange(10_000), new Visibility("nobody", 0), Ct)).Messages;

    /// <summary>All pages of a synchronisation.</summary>
    protected async Task<(List<string> Chats, string Token)> SyncAllAsync(string user, string? token, int limit = 50)
    {
        var chats = new List<string>();
        SyncResult page;
        do
        {
            page = (await Store.Lists.SyncAsync(user, token, limit, Ct)).ShouldNotBeNull();
            page.Chats.Count.ShouldBeLessThanOrEqualTo(limit);
            chats.AddRange(page.Chats.Select(c => c.Chat.ChatId));
            token = page.Next;
        } while (page.HasMore);
        return (chats, token);
    }
}
