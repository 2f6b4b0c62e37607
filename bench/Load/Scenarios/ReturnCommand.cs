using System.ComponentModel;
using System.Diagnostics;
using Orleans.Chat.Load.Chaos;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Reports;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class ReturnSettings : LoadSettings
{
    [CommandOption("--users <N>")]
    [DefaultValue(5_000)]
    public int Users { get; init; } = 5_000;

    [CommandOption("--chats-each <N>")]
    [Description("Chats that every user is in")]
    [DefaultValue(5)]
    public int ChatsEach { get; init; } = 5;

    [CommandOption("--members <N>")]
    [Description("Members of a chat")]
    [DefaultValue(50)]
    public int Members { get; init; } = 50;

    [CommandOption("--kill-gateway")]
    [Description("Kills the first gateway, in place of cutting all connections; it needs --cluster, and --restart there")]
    public bool KillGateway { get; init; }

    [CommandOption("--patience <SECONDS>")]
    [Description("How long all may take to be back")]
    [DefaultValue(120.0)]
    public double Patience { get; init; } = 120;

    public override ValidationResult Validate() =>
        KillGateway && Cluster is null ? ValidationResult.Error("--kill-gateway needs --cluster.") : base.Validate();
}

/// <summary>Everybody is connected and has its chats; then all connections are cut at once, and everybody comes back as the contract asks.</summary>
[Description("Thousands of connections that are cut at once, and come back: how long it takes, and what it costs beside the first time")]
internal sealed class ReturnCommand : AsyncCommand<ReturnSettings>
{
    /// <summary>The last percent is of those who were told to wait longest.</summary>
    private const double Nearly = 0.99;

    public override async Task<int> ExecuteAsync(CommandContext context, ReturnSettings settings, CancellationToken cancellationToken)
    {
        var result = await RunAsync(settings, cancellationToken);
        Summary.Show(result);
        if (settings.Out is { } file)
            result.Write(file);
        return result.Figures["connections"] >= settings.Users ? 0 : 1;
    }

    /// <summary>What the return took and cost; the figures that begin with <c>first_</c> are of the first coming.</summary>
    internal static async Task<RunResult> RunAsync(ReturnSettings settings, CancellationToken cancellationToken)
    {
        var (processes, servers) = settings.Resolve();
        using var target = new ChatServer(servers);
        var users = await target.UsersAsync(settings.Users, cancellationToken);
        await MakeChatsAsync(target, users, settings, cancellationToken);
        using var crowd = new ReturningCrowd(users, servers, settings.Framing);
        // Once unmeasured: code is compiled and pools fill.
        await crowd.ComeAsync(settings.Patience, cancellationToken);
        crowd.Cut();
        crowd.Forget();
        var first = await MeasureAsync(settings, "first", crowd, processes, cancellationToken);
        await CutAsync(settings, crowd, cancellationToken);
        var label = settings.KillGateway ? "return, gateway killed" : "return, all cut";
        var result = await MeasureAsync(settings, label, crowd, processes, cancellationToken);
        foreach (
            var (name, figure) in first.Figures.Where(f => f.Key is "server_cpu_ms_each" or "seconds_until_all" or "told_to_come_later")
        )
            result.Figures["first_" + name] = figure;
        // Of a gateway that was killed, and of the one in its place, the CPU is not known.
        if (settings.KillGateway)
            result.Figures.Remove("server_cpu_ms_each");
        return result;
    }

    private static async Task MakeChatsAsync(
        ChatServer target,
        LoadUser[] users,
        ReturnSettings settings,
        CancellationToken cancellationToken
    )
    {
        var random = new Random(4711);
        var chats = new List<LoadUser[]>();
        for (var i = 0; i < settings.ChatsEach; i++)
        {
            var shuffled = users.ToArray();
            random.Shuffle(shuffled);
            chats.AddRange(shuffled.Chunk(settings.Members).Where(c => c.Length > 1));
        }
        await ChatServer.InParallelAsync(chats.Count, i => target.ChatAsync(direct: false, chats[i], cancellationToken), cancellationToken);
    }

    private static async Task CutAsync(ReturnSettings settings, ReturningCrowd crowd, CancellationToken cancellationToken)
    {
        if (settings.KillGateway)
            await ClusterProcesses.SignalAsync("KILL", [new ClusterProcesses(settings.Cluster!).Pids("gateway")[0]], cancellationToken);
        else
            crowd.Cut();
    }

    private static async Task<RunResult> MeasureAsync(
        ReturnSettings settings,
        string label,
        ReturningCrowd crowd,
        ServerProcesses processes,
        CancellationToken cancellationToken
    )
    {
        var meter = new CostMeter(processes);
        var come = await crowd.ComeAsync(settings.Patience, cancellationToken);
        var result = meter.End(
            new RunResult
            {
                Label = settings.Label ?? label,
                Bare = false,
                Protocol = settings.Protocol,
            }
        );
        double[] seconds = [.. come.Select(at => Stopwatch.GetElapsedTime(meter.Start, at).TotalSeconds).Order()];
        if (seconds.Length > 0)
        {
            result.Figures["seconds_until_99_percent"] = Math.Round(seconds[(int)Math.Ceiling(Nearly * seconds.Length) - 1], 2);
            result.Figures["seconds_until_all"] = Math.Round(seconds[^1], 2);
            result.Figures["most_in_a_second"] = seconds.Max(from => seconds.Count(s => s >= from && s < from + 1));
            result.Figures["server_cpu_ms_each"] = Math.Round(result.ServerCpu * 1000 / seconds.Length, 3);
        }
        result.Figures["came"] = seconds.Length;
        result.Figures["connections"] = crowd.Connected;
        result.Figures["told_to_come_later"] = crowd.Told;
        result.Figures["failed_tries"] = crowd.Failed;
        return result;
    }
}
