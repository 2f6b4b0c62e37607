using System.Globalization;
using Orleans.Chat.Client;
using Orleans.Chat.Client.Tests.EndToEnd;
using Orleans.Chat.LocalCluster;
using Orleans.Chat.Protocol;
using Orleans.Chat.Support;

namespace Orleans.Chat.RecoveryTests;

/* The whole of it once, with real processes; the tests look at what came of it. Alice writes and her client stays through everything; Bob's client
 * is disconnected with the lost history in its memory, and comes back when the new one has long passed its numbers; the reader has no SDK. */

/// <summary>A backup under load, a point in time, writes after it, the loss of the database, the restore to the point, and what followed.</summary>
public sealed class Drill : IAsyncLifetime
{
    private const int Lost = 30;
    private const int Unanswered = 5;
    private static readonly TimeSpan Pace = TimeSpan.FromMilliseconds(50);

    private readonly TestFolder _folder = new("recovery");
    private readonly List<(SendMessage Message, long Seq)> _kept = [];
    private readonly List<SendMessage> _lost = [];
    private Archive _archive = null!;
    private ClusterLauncher _cluster = null!;
    private string _backup = "";
    private string _point = "";
    private Person _alice = null!;

    internal Person Bob { get; private set; } = null!;

    /// <summary>Another device of Bob's, that never saw the lost history.</summary>
    internal Person Fresh { get; private set; } = null!;

    internal RawClient Reader { get; private set; } = null!;

    internal Lineage Old { get; private set; } = null!;

    internal ScriptRun Restore { get; private set; } = null!;

    /// <summary>What the reader, and Alice's client, found once the servers ran again, before anything was repeated.</summary>
    internal string[] Found { get; private set; } = [];

    internal string[] AlicesView { get; private set; } = [];

    internal string? NewHistory { get; private set; }

    /// <summary>The answers to a token and a revision of the lost history.</summary>
    internal RawAnswer StaleRevision { get; private set; }

    internal RawAnswer StaleToken { get; private set; }

    /// <summary>The numbers that the kept messages had at first, and those that their repeats were answered with.</summary>
    internal IReadOnlyList<long> FirstSeqs => [.. _kept.Select(k => k.Seq)];

    internal long[] RepeatedSeqs { get; private set; } = [];

    internal string[] Kept => [.. _kept.Select(k => k.Message.Content!)];

    internal string[] LostTexts => [.. _lost.Select(m => m.Content!)];

    internal static string[] UnansweredTexts => [.. Enumerable.Range(0, Unanswered).Select(i => $"unanswered {i}")];

    internal string Chat { get; private set; } = "";

    private PostgresServer Postgres => _cluster.Postgres;

    public async ValueTask InitializeAsync()
    {
        Environment.SetEnvironmentVariable("RateLimits__Enabled", "false");
        _archive = new Archive(_folder.Path);
        _cluster = new ClusterLauncher(
            new ClusterArguments
            {
                Silos = 1,
                Gateways = 1,
                Port = FreePorts.Take(),
                Data = Directory.CreateDirectory(Path.Combine(_folder.Path, "cluster")).FullName,
                PostgresSettings = _archive.Settings,
            }
        );
        await _cluster.StartAsync(TestContext.Current.CancellationToken);
        await MeetAsync();
        await BackUpUnderLoadAsync();
        await GoOnAfterThePointAsync();
        await LoseAsync();
        await RestoreAsync();
        await ComeBackAsync();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var person in (Person?[])[_alice, Bob, Fresh])
        {
            if (person is not null)
                await person.DisposeAsync();
        }
        if (Reader is not null)
            await Reader.DisposeAsync();
        await _cluster.DisposeAsync();
        _folder.Delete();
    }

    /// <summary>The texts of the chat, oldest first, page by page.</summary>
    internal async Task<string[]> ReadAsync()
    {
        var texts = new List<string>();
        for (var (before, more) = ("", true); more; )
        {
            var page = await Reader.GetAsync($"chats/{Chat}/messages?limit=200&type=text{before}");
            page.Status.ShouldBe(200, page.Body.ToString());
            var messages = page.Body.GetProperty("messages").EnumerateArray().ToArray();
            texts.InsertRange(0, messages.Select(m => m.GetProperty("content").GetString()!));
            more = page.Body.GetProperty("has_more").GetBoolean();
            before = more ? $"&before={messages[0].GetProperty("message_id").GetString()}" : "";
        }
        return [.. texts];
    }

    private async Task MeetAsync()
    {
        _alice = await Person.NewAsync("alice", Options());
        Bob = await Person.NewAsync("bob", Options());
        Chat = await _alice.NewGroupAsync(Bob);
        Reader = new RawClient(_cluster.Gateways[0].Url);
        await Reader.LoginAsync(Bob.Id, Person.Password);
    }

    private async Task BackUpUnderLoadAsync()
    {
        var backup = _archive.BackupAsync(Postgres);
        using var pace = new PeriodicTimer(Pace, TimeProvider.System);
        while (!backup.IsCompleted || _kept.Count < 20)
        {
            await KeepAsync();
            await pace.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }
        _backup = await backup;
        for (var i = 0; i < 20; i++)
            await KeepAsync();
        await _alice.Client.EditMessageAsync(Chat, _kept[0].Message.MessageId!, "edited before the point");
        _kept[0] = (_kept[0].Message with { Content = "edited before the point" }, _kept[0].Seq);
        _point = await Archive.NowAsync(Postgres);
    }

    private async Task GoOnAfterThePointAsync()
    {
        for (var i = 0; i < Lost; i++)
        {
            _lost.Add(Text($"lost {i}"));
            await _alice.Client.Send(_lost[^1]);
        }
        await _alice.Client.EditMessageAsync(Chat, _kept[1].Message.MessageId!, "edited after the point");
        await Bob.UntilAsync(me => me.Held(Chat).Contains("edited after the point"), "the lost history");
        await Bob.Client.DisconnectAsync();
        var token = await Reader.PostAsync("sync", new { });
        Old = new Lineage(
            _alice.Client.Hello!.HistoryId,
            token.Text("next"),
            (await Reader.GetAsync($"chats/{Chat}")).Body.GetProperty("revision").GetInt64(),
            await TransactionAsync()
        );
        await Archive.SettleAsync(Postgres);
    }

    private async Task LoseAsync()
    {
        await _cluster.Gateways[0].Process.KillAsync();
        foreach (var text in UnansweredTexts)
            _ = _alice.Client.SendText(Chat, text);
        await _cluster.Silos[0].StopAsync();
        await Postgres.KillAsync();
        Directory.Delete(Postgres.Data, recursive: true);
    }

    private async Task RestoreAsync()
    {
        Restore = await _archive.RestoreAsync(Postgres, _backup, Postgres.Data, _point);
        Restore.ExitCode.ShouldBe(0, Restore.ToString());
        foreach (var server in (IServer[])[Postgres, .. _cluster.Silos, .. _cluster.Gateways])
            await server.StartAsync(TestContext.Current.CancellationToken);
    }

    private async Task ComeBackAsync()
    {
        await _alice.UntilAsync(me => me.Client is { UnsentCount: 0, State: ConnectionState.Connected }, "what was unanswered");
        await _alice.UntilAsync(me => me.Client.IsCaughtUp && me.Held(Chat).Contains(UnansweredTexts[^1]), "her view");
        NewHistory = _alice.Client.Hello!.HistoryId;
        Found = await ReadAsync();
        AlicesView = _alice.Held(Chat);
        StaleRevision = await Reader.GetAsync($"chats/{Chat}/changes?after_revision={Old.Revision}");

        RepeatedSeqs = await RepeatAsync(_kept.Select((k, i) => i == 0 ? k.Message with { Content = "kept 0" } : k.Message));
        await RepeatAsync(_lost);
        await RepeatAsync(_lost);
        // Until a token of the lost history cannot be told by its being ahead, nor a revision by its being beyond.
        for (var i = 0; await TransactionAsync() <= Old.Transaction || await RevisionAsync() <= Old.Revision; i++)
            await _alice.Client.SendText(Chat, $"after {i}");
        StaleToken = await Reader.PostAsync("sync", new { since = Old.Token });

        await Bob.Client.ConnectAsync(TestContext.Current.CancellationToken);
        Fresh = Person.Of(Bob.Id, Options());
        await Fresh.LoginAsync();
        await Fresh.Client.ConnectAsync(TestContext.Current.CancellationToken);
        foreach (var device in (Person[])[Bob, Fresh])
            await device.UntilAsync(
                me => me.Client.IsCaughtUp && me.Client.Chats.TryGetValue(Chat, out var chat) && chat.Revision > Old.Revision,
                "the new history"
            );
    }

    private async Task KeepAsync()
    {
        var message = Text($"kept {_kept.Count}");
        _kept.Add((message, (await _alice.Client.Send(message)).Seq));
    }

    private async Task<long[]> RepeatAsync(IEnumerable<SendMessage> messages) =>
        [.. (await Task.WhenAll(messages.Select(_alice.Client.Send))).Select(sent => sent.Seq)];

    private SendMessage Text(string content) =>
        new()
        {
            ChatId = Chat,
            Content = content,
            Type = MessageTypes.Text,
            MessageId = Guid.CreateVersion7().ToString(),
        };

    private async Task<long> RevisionAsync() => (await _alice.Client.GetChatAsync(Chat)).Revision;

    private async Task<long> TransactionAsync() =>
        long.Parse(
            (string)(await Archive.ScalarAsync(Postgres, "SELECT pg_snapshot_xmax(pg_current_snapshot())::text"))!,
            CultureInfo.InvariantCulture
        );

    private ChatClientOptions Options() =>
        new()
        {
            Server = _cluster.Gateways[0].Url,
            FirstSight = FirstSight.Beginning,
            BackoffCap = TimeSpan.FromSeconds(1),
        };
}

/// <summary>How the lost history named itself, and how far it had come.</summary>
internal sealed record Lineage(string History, string Token, long Revision, long Transaction);
