using Orleans.Chat.Load.Measuring;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Reports;
using Orleans.Chat.Load.Wire;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

/// <summary>A scenario: who is in which chat, and who sends what. The rest is the same for all.</summary>
internal abstract class TrafficCommand<TSettings> : AsyncCommand<TSettings>
    where TSettings : TrafficSettings
{
    protected abstract string Name { get; }

    /// <summary>Whether what a sender's own device gets counts as a delivery.</summary>
    protected virtual bool CountsOwn => true;

    protected abstract Task<Cast> CastAsync(ITarget target, TSettings settings, CancellationToken cancellationToken);

    /// <summary>Something that goes on beside the sends.</summary>
    protected virtual Task BesideAsync(Cast cast, Crowd crowd, TSettings settings, CancellationToken cancellationToken) =>
        Task.CompletedTask;

    public override async Task<int> ExecuteAsync(CommandContext context, TSettings settings, CancellationToken cancellationToken)
    {
        var (processes, servers) = settings.Resolve();
        using var ours = settings.Bare ? null : new ChatServer(servers);
        ITarget target = ours is null ? new BareServer(servers) : ours;
        var cast = await CastAsync(target, settings, cancellationToken);
        var recorder = new Recorder();
        using var crowd = await Crowd.ConnectAsync(
            cast.Users,
            settings,
            recorder,
            cast.Roles.ContainsKey,
            cancellationToken: cancellationToken
        );
        if (settings.Bare)
            await crowd.JoinAsync(cast.Chats, cast.Direct);

        var traffic = new Traffic([.. cast.Roles.Select(r => new Sender(crowd[r.Key], r.Value))], settings);
        var running = traffic.RunAsync();
        using var beside = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        var more = BesideAsync(cast, crowd, settings, beside.Token);
        var result = await new Window(settings, recorder, processes).MeasureAsync(
            Name,
            CountsOwn,
            () =>
            {
                traffic.Stop();
                beside.Cancel();
            }
        );
        await running.WaitAsync(TimeSpan.FromSeconds(30), TimeProvider.System, cancellationToken);
        await more.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        result.Figures["connections"] = crowd.Count;
        result.Figures["connections_lost"] = crowd.Ended;
        Summary.Show(result);
        if (settings.Out is { } file)
            result.Write(file);
        return result.Missing > 0 || result.Problems.Count > 0 ? 1 : 0;
    }

    /// <summary>Templates of one user in its chats, taken in turn.</summary>
    protected static Func<SendTemplate> InTurn(LoadSettings settings, params LoadChat[] chats)
    {
        var templates = Array.ConvertAll(chats, c => Template(settings, c));
        var next = 0;
        return () => templates[(uint)Interlocked.Increment(ref next) % templates.Length];
    }

    protected static SendTemplate Template(LoadSettings settings, LoadChat chat) =>
        settings.Framing.Template(chat.Id, Stamp.Content(settings.Bytes), chat.Members.Length - 1);
}

/// <summary>Everybody, all chats, and what each sender sends next.</summary>
/// <param name="Direct">Whether the chats are of two.</param>
internal sealed record Cast(LoadUser[] Users, LoadChat[] Chats, bool Direct, Dictionary<int, Func<SendTemplate>> Roles);
