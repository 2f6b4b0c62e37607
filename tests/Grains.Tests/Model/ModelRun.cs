using System.Globalization;
using Orleans.Chat.Grains.Interfaces;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Grains.Tests.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
using Orleans.Chat.Storage.Users;

namespace Orleans.Chat.Grains.Tests.Model;

/// <summary>What became of a life.</summary>
/// <param name="Log">Each step and its answer.</param>
/// <param name="Disagreement">Where the chat and its model part; null when nowhere.</param>
internal sealed record Verdict(IReadOnlyList<string> Log, string? Disagreement);

/* Lives one life twice, in a chat and in its model, and compares: every answer, and whenever the chat has been put to sleep, and at the end, all that each
 * user is shown. Steps in ModelRun.Steps.cs, what is shown in ModelRun.Shown.cs. */
internal sealed partial class ModelRun
{
    private const int MaxTries = 100;
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(1);
    private readonly GrainCluster _cluster;
    private readonly string _chat;
    private readonly ChatModel _model;
    private readonly ModelNames _names = new();
    private readonly Dictionary<string, Replica> _replicas = new(StringComparer.Ordinal);

    private ModelRun(GrainCluster cluster, Life life)
    {
        (_cluster, _chat) = (cluster, cluster.NewId("chat"));
        _model = new ChatModel(life.Type, life.Members);
        for (var i = 0; i < 10; i++)
            _names.Add($"m{i}", Guid.CreateVersion7().ToString());
    }

    private IChatGrain Grain => _cluster.Client.Chat(_chat);

    public static async Task<Verdict> LiveAsync(GrainCluster cluster, Life life)
    {
        var log = new List<string>();
        try
        {
            var run = new ModelRun(cluster, life);
            await run.BeginAsync(life);
            foreach (var step in life.Steps)
            {
                log.Add(step.ToString());
                // No two steps are at the same time: who joined first has been there longer.
                cluster.Clock.Advance(Tick);
                if (step.Verb == "rest" && await run.ShownAsync() is { } awake)
                    return new Verdict(log, $"awake, {awake}");
                var (told, expected) = await run.TakeAsync(step);
                log[^1] = $"{step}  ->  {OneLine(told)}";
                if (told != expected)
                    return new Verdict(log, $"the chat says\n{Indented(told)}\nand the model\n{Indented(expected)}");
                if (step.Verb == "rest" && await run.ShownAsync() is { } slept)
                    return new Verdict(log, slept);
            }
            return new Verdict(log, await run.EndAsync());
        }
        catch (Exception fault) when (!TestContext.Current.CancellationToken.IsCancellationRequested)
        {
            // No rule allows it, so it parts them like any other answer; the life is still to be shrunk and printed.
            return new Verdict(log, $"the chat throws {fault}");
        }
    }

    private async Task BeginAsync(Life life)
    {
        foreach (var user in Life.Users)
        {
            var id = await _cluster.NewUserAsync(user);
            _names.Add(user, id);
            _replicas.Add(user, new Replica(_cluster, _chat, id));
        }
        var create = new CreateChat
        {
            Type = life.Type,
            Name = "Us",
            MemberIds = [.. life.Members[1..].Select(_names.Id)],
        };
        (await SettledAsync(() => Grain.Create(_names.Id(life.Members[0]), create))).Ok.ShouldBeTrue();
    }

    /// <summary>All is compared with what memory has, then with what the store has; then replicas with what is shown afresh.</summary>
    private async Task<string?> EndAsync()
    {
        if (await ShownAsync() is { } awake)
            return $"at the end, {awake}";
        await RestAsync();
        return await ShownAsync() is { } slept ? $"at the end and after a rest, {slept}" : await FollowedAsync();
    }

    /// <summary>As a gateway does: a problem that says so is repeated with the same ids.</summary>
    private static async Task<Outcome<T>> SettledAsync<T>(Func<Task<Outcome<T>>> call)
    {
        for (var tries = 1; ; tries++)
        {
            var outcome = await call();
            if (outcome.Problem is not { Retry: true } || tries == MaxTries)
                return outcome;
        }
    }

    private static async Task<string> AnswerAsync<T>(Func<Task<Outcome<T>>> call, Func<T, string> line)
    {
        var outcome = await SettledAsync(call);
        return outcome.Problem is { } problem ? problem.Code : line(outcome.Value!);
    }

    private static Task<string> DoneAsync(Func<Task<Outcome<Done>>> call) => AnswerAsync(call, _ => ChatModel.Ok);

    /// <summary>The id of a message; of one that is not there, one that nothing has.</summary>
    private async Task<string> MessageIdAsync(string target)
    {
        if (target[0] == 'm')
            return _names.Id(target);
        var before = long.Parse(target[1..], CultureInfo.InvariantCulture) - 1;
        var page = await _cluster
            .Service<IChatReader>()
            .PageAsync(_chat, new MessageRange(1, After: before), new Visibility("", 0), CancellationToken.None);
        return page.Messages is [var message] ? message.MessageId : Guid.Empty.ToString();
    }

    /// <summary>The activation goes, and the next call begins with what the store has.</summary>
    private Task RestAsync() => _cluster.DeactivateAsync(Grain).WaitAsync(Patience);

    private async Task BlockAsync(string by, string whom, bool blocked)
    {
        var accounts = _cluster.Service<IAccountStore>();
        await accounts.SetBlockAsync(_names.Id(by), _names.Id(whom), blocked, _cluster.Clock.GetUtcNow(), CancellationToken.None);
        await SettledAsync(async () =>
        {
            await Grain.RefreshBlocks();
            return (Outcome<Done>)new Done();
        });
        _model.Block(by, whom, blocked);
    }

    private static string OneLine(string text) => text.Replace("\n", " | ", StringComparison.Ordinal);

    private static string Indented(string text) => "    " + text.Replace("\n", "\n    ", StringComparison.Ordinal);
}
