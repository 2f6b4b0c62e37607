using System.ComponentModel;
using System.Diagnostics;
using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Reports;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class IdleSettings : LoadSettings
{
    [CommandOption("--users <N>")]
    [DefaultValue(10_000)]
    public int Users { get; init; } = 10_000;

    [CommandOption("--file <FILE>")]
    [Description("Users that the command populate made; without it they are made now, with no chats")]
    public string? File { get; init; }

    [CommandOption("--at-once <N>")]
    [Description("Connections that open at a time")]
    [DefaultValue(128)]
    public int AtOnce { get; init; } = 128;
}

/// <summary>Everybody connects as fast as they are let in, and then says nothing but the pings of the protocol.</summary>
[Description("A connect storm, and then connections that say nothing: memory and CPU of one")]
internal sealed class IdleCommand : AsyncCommand<IdleSettings>
{
    public override async Task<int> ExecuteAsync(CommandContext context, IdleSettings settings, CancellationToken cancellationToken)
    {
        var (processes, servers) = settings.Resolve();
        var users = await UsersAsync(settings, servers, cancellationToken);
        var recorder = new Recorder();
        await WarmUpAsync(settings, users, recorder, cancellationToken);
        var chats = await ActiveChatsAsync(processes.Silos, cancellationToken);

        var (empty, start) = (processes.Read(), Stopwatch.GetTimestamp());
        using var crowd = await Crowd.ConnectAsync(
            users,
            settings,
            recorder,
            _ => false,
            settings.AtOnce,
            cancellationToken: cancellationToken
        );
        var storm = Stopwatch.GetElapsedTime(start).TotalSeconds;
        var stormCpu = processes.Read();
        await Task.Delay(TimeSpan.FromSeconds(settings.Warmup), TimeProvider.System, cancellationToken);
        var result = await new Window(settings, recorder, processes).MeasureAsync("idle", countOwn: false, () => { });

        result.Figures["connections"] = crowd.Count;
        result.Figures["connections_lost"] = crowd.Ended;
        result.Figures["connects_per_s"] = Math.Round(users.Length / storm, 1);
        if (chats is { } before && await ActiveChatsAsync(processes.Silos, cancellationToken) is { } after)
            result.Figures["chats_activated"] = after - before;
        foreach (var (role, used) in stormCpu)
            result.Figures[$"{role}_cpu_ms_of_a_connect"] = Math.Round((used.CpuSeconds - empty[role].CpuSeconds) * 1000 / users.Length, 3);
        foreach (var (role, bytes) in result.Memory)
            result.Figures[$"{role}_kb_of_a_connection"] = Math.Round((bytes - empty[role].Bytes) / 1024.0 / users.Length, 2);
        foreach (var (role, cpu) in result.CpuSeconds)
            result.Figures[$"{role}_percent_of_a_core"] = Math.Round(cpu * 100 / result.Seconds, 2);
        Summary.Show(result);
        if (settings.Out is { } file)
            result.Write(file);
        return crowd.Ended == 0 ? 0 : 1;
    }

    private static async Task<LoadUser[]> UsersAsync(IdleSettings settings, IReadOnlyList<Uri> servers, CancellationToken cancellationToken)
    {
        if (settings.File is { } file)
            return [.. UserFile.Read(file, servers).Take(settings.Users)];
        using var ours = settings.Bare ? null : new ChatServer(servers);
        ITarget target = ours is null ? new BareServer(servers) : ours;
        return await target.UsersAsync(settings.Users, cancellationToken);
    }

    /// <summary>Chats that are active in all silos. Null where no silo is known.</summary>
    private static async Task<double?> ActiveChatsAsync(IReadOnlyList<Uri> silos, CancellationToken cancellationToken) =>
        silos.Count == 0 ? null : (await SiloChats.CountAsync(silos, cancellationToken)).Sum();

    /// <summary>The first connections of a process cost what later ones do not: code is compiled, pools fill.</summary>
    private static async Task WarmUpAsync(IdleSettings settings, LoadUser[] users, Recorder recorder, CancellationToken cancellationToken)
    {
        using var first = await Crowd.ConnectAsync(
            [.. users.Take(Math.Max(1, users.Length / 20))],
            settings,
            recorder,
            _ => false,
            cancellationToken: cancellationToken
        );
        await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, cancellationToken);
    }
}
