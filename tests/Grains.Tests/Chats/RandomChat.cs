using CsCheck;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;
using static Orleans.Chat.Grains.Tests.Chats.ChatTestCalls;

namespace Orleans.Chat.Grains.Tests.Chats;

internal enum OpKind
{
    Send,
    Burst,
    Edit,
    Delete,
    React,
    Unreact,
    Hide,
    Add,
    Remove,
    Leave,
    Join,
    SetRole,
    Rename,
    Settings,
    Deactivate,
}

/// <summary>One step of a random life of a chat. What the numbers mean is found when it is taken.</summary>
internal sealed record Op(OpKind Kind, int Actor, int Target, int Choice)
{
    private static readonly Gen<OpKind> Kinds = Gen.Frequency(
        (5, Gen.Const(OpKind.Send)),
        (2, Gen.Const(OpKind.Burst)),
        (6, Gen.Int[2, 6].Select(k => (OpKind)k)),
        (4, Gen.Int[7, 11].Select(k => (OpKind)k)),
        (2, Gen.Int[12, 14].Select(k => (OpKind)k))
    );

    public static readonly Gen<Op> Gen1 = Gen.Select(
        Kinds,
        Gen.Int[0, 4],
        Gen.Int[0, 99],
        Gen.Int[0, 99],
        (k, a, t, c) => new Op(k, a, t, c)
    );
}

/// <summary>A chat that random operations are done to, by five users of whom three are in it at first. What may not be done is refused, and that is well.</summary>
internal sealed class RandomChat(GrainCluster cluster, string id, string[] users)
{
    private static readonly string[] Emoji = ["+1", "heart", "tada"];
    private static readonly string[] PossibleRoles = [Roles.Owner, Roles.Admin, Roles.Member, Roles.Guest];
    private readonly List<string> _messages = [];
    private int _count;

    public string Id => id;

    public string[] Users => users;

    /// <summary>Ids of all messages that were sent.</summary>
    public IReadOnlyList<string> Messages => _messages;

    /// <summary>Who hid what.</summary>
    public List<(string User, string MessageId)> Hidden { get; } = [];

    private IChatGrain Grain => cluster.Client.Chat(id);

    public static async Task<RandomChat> StartAsync(GrainCluster cluster, string type, TestGateway? gateway = null)
    {
        var users = new string[5];
        for (var i = 0; i < users.Length; i++)
        {
            users[i] = await cluster.NewUserAsync($"u{i}");
            if (gateway is not null)
                await gateway.ConnectAsync(users[i]);
        }
        return new RandomChat(cluster, await cluster.NewChatAsync(type, null, users[..3]), users);
    }

    public async Task DoAsync(Op op)
    {
        var (actor, other) = (users[op.Actor], users[op.Choice % users.Length]);
        var message = _messages.Count == 0 ? "none" : _messages[op.Target % _messages.Count];
        switch (op.Kind)
        {
            case OpKind.Send:
                await SendAsync(actor, op.Choice % 3 == 0 ? message : null);
                break;
            case OpKind.Burst:
                await Task.WhenAll(users.Select(u => SendAsync(u, null)).Append(EditAsync(actor, message)));
                break;
            case OpKind.Edit:
                await EditAsync(actor, message);
                break;
            case OpKind.Delete:
                await DoneAsync(() => Grain.DeleteMessage(actor, message));
                break;
            case OpKind.React or OpKind.Unreact:
                await DoneAsync(() => Grain.React(actor, message, Emoji[op.Choice % 3], op.Kind == OpKind.Unreact));
                break;
            case OpKind.Hide:
                if (await DoneAsync(() => Grain.HideMessage(actor, message)))
                    Hidden.Add((actor, message));
                break;
            default:
                await DoToChatAsync(op, actor, other);
                break;
        }
    }

    private async Task DoToChatAsync(Op op, string actor, string other)
    {
        switch (op.Kind)
        {
            case OpKind.Add or OpKind.SetRole:
                await DoneAsync(() => Grain.SetMember(actor, other, op.Kind == OpKind.Add ? null : PossibleRoles[op.Target % 4]));
                break;
            case OpKind.Remove when other != actor:
                await DoneAsync(() => Grain.RemoveMember(actor, other));
                break;
            case OpKind.Leave or OpKind.Remove:
                // The last one who leaves deletes the chat, and nobody would see anything.
                if ((await Grain.Get(actor)).Value is { MemberCount: > 1 })
                    await DoneAsync(() => Grain.RemoveMember(actor, actor));
                break;
            case OpKind.Join:
                await DoneAsync(() => Grain.Join(actor));
                break;
            case OpKind.Rename:
                await DoneAsync(() => Grain.Update(actor, new UpdateChat { Name = $"name {++_count}" }));
                break;
            case OpKind.Settings:
                var settings = new ChatSettings
                {
                    WhoCanPost = op.Choice % 2 == 0 ? SettingValues.PostMembers : SettingValues.PostEveryone,
                };
                await DoneAsync(() => Grain.Update(actor, new UpdateChat { Settings = settings }));
                break;
            case OpKind.Deactivate:
                await cluster.DeactivateAsync(Grain);
                break;
        }
    }

    private async Task SendAsync(string sender, string? replyTo)
    {
        var text = Text($"text {Interlocked.Increment(ref _count)}") with { ReplyTo = replyTo };
        if (await DoneAsync(async () => (await Grain.Send(sender, [text]))[0]))
            _messages.Add(text.MessageId);
    }

    private Task<bool> EditAsync(string actor, string message) =>
        DoneAsync(() => Grain.Edit(actor, message, $"edited {Interlocked.Increment(ref _count)}", null));

    /// <summary>Whether it was done; refusals are part of a chat's life, faults are not.</summary>
    private static async Task<bool> DoneAsync<T>(Func<Task<Outcome<T>>> call)
    {
        while (true)
        {
            var outcome = await call();
            if (outcome.Ok)
                return true;
            if (outcome.Problem!.Retry)
                continue;
            (outcome.Problem.Status < 500).ShouldBeTrue(outcome.Problem.ToString());
            return false;
        }
    }
}
