using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Calls of chats as gateways make them: a problem that says "repeat" is repeated with the same ids.</summary>
internal static class ChatTestCalls
{
    private const int MaxTries = 500;
    private static readonly TimeSpan SendTry = TimeSpan.FromSeconds(1.5);

    public static NewMessage Text(string content, string? id = null) =>
        new()
        {
            MessageId = id ?? Guid.CreateVersion7().ToString(),
            Content = content,
            Type = MessageTypes.Text,
        };

    /// <summary>A group of its own id; the first of the members is its owner.</summary>
    public static async Task<string> NewChatAsync(this GrainCluster cluster, string type, ChatSettings? settings, params string[] members)
    {
        var id = cluster.NewId("chat");
        var create = new CreateChat
        {
            Type = type,
            Name = "Us",
            MemberIds = members[1..],
            Settings = settings,
        };
        (await AskAsync(() => cluster.Client.Chat(id).Create(members[0], create))).Created.ShouldBeTrue();
        return id;
    }

    public static Task<string> NewGroupAsync(this GrainCluster cluster, params string[] members) =>
        cluster.NewChatAsync(ChatTypes.Group, null, members);

    /// <summary>The value, after as many repeats as it takes; any other problem fails the test.</summary>
    public static async Task<T> AskAsync<T>(Func<Task<Outcome<T>>> call)
    {
        for (var i = 0; i < MaxTries; i++)
        {
            var outcome = await call();
            if (outcome.Problem is { Retry: true })
                continue;
            outcome.Problem.ShouldBeNull(outcome.Problem?.ToString());
            return outcome.Value!;
        }
        throw new TimeoutException($"Still to be repeated after {MaxTries} times.");
    }

    /// <summary>Sends one message, after as many repeats as it takes.</summary>
    public static async Task<SentMessage> SendAsync(this GrainCluster cluster, string chat, string sender, NewMessage message) =>
        await AskAsync(async () => (await cluster.Client.Chat(chat).Send(sender, [message]))[0]);

    /// <summary>
    /// Sends one message while silos come and go, as gateways do: what a silo took with it is not waited for longer than 1.5 s, and repeated.
    /// </summary>
    public static async Task<SentMessage> SendThroughLossAsync(this GrainCluster cluster, string chat, string sender, NewMessage message)
    {
        while (true)
        {
            try
            {
                return await cluster.SendAsync(chat, sender, message).WaitAsync(SendTry, TestContext.Current.CancellationToken);
            }
            catch (Exception fault) when (fault is TimeoutException or OrleansException)
            {
                // With the same id: it is there once.
            }
        }
    }

    public static Task<SentMessage> SayAsync(this GrainCluster cluster, string chat, string sender, string content) =>
        cluster.SendAsync(chat, sender, Text(content));

    /// <summary>Sends one message once, whatever the answer.</summary>
    public static async Task<Outcome<SentMessage>> TryAsync(this GrainCluster cluster, string chat, string sender, NewMessage message) =>
        (await cluster.Client.Chat(chat).Send(sender, [message]))[0];

    /// <summary>All messages that a viewer sees, read in pages.</summary>
    public static async Task<IReadOnlyList<Message>> AllAsync(this GrainCluster cluster, string chat, string viewer, int limit = 100)
    {
        var all = new List<Message>();
        MessagesPage page;
        do
        {
            var query = new PageQuery { Limit = limit, Before = all.Count == 0 ? null : all[0].MessageId };
            page = await AskAsync(() => cluster.Client.Chat(chat).Page(viewer, query));
            all.InsertRange(0, page.Messages);
        } while (page.HasMore);
        return all;
    }
}
