using System.ComponentModel;
using System.Text.Json.Nodes;
using Orleans.Chat.Load.Population;
using Orleans.Chat.Load.Wire;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class MixedSettings : TrafficSettings
{
    [CommandOption("--users <N>")]
    [DefaultValue(500)]
    public int Users { get; init; } = 500;

    [CommandOption("--chats <N>")]
    [DefaultValue(1_000)]
    public int Chats { get; init; } = 1_000;

    [CommandOption("--direct <PART>")]
    [Description("The part of the chats that are of two")]
    [DefaultValue(0.8)]
    public double DirectPart { get; init; } = 0.8;

    [CommandOption("--members <N>")]
    [Description("Members of the other chats")]
    [DefaultValue(20)]
    public int Members { get; init; } = 20;

    [CommandOption("--hints <PER SECOND>")]
    [Description("Acknowledgements a second, and half as many notices of typing")]
    [DefaultValue(200.0)]
    public double Hints { get; init; } = 200;
}

/// <summary>What people do: few chats are busy and most are not (Zipf), most are of two, and what is read is acknowledged.</summary>
[Description("Direct chats and groups, some busy and most not, with typing and receipts")]
internal sealed class MixedCommand : TrafficCommand<MixedSettings>
{
    private const double Skew = 1.0;
    private readonly Random _random = new(4711);
    private double[] _weights = [];

    protected override string Name => "mixed";

    protected override bool CountsOwn => false;

    protected override async Task<Cast> CastAsync(ITarget target, MixedSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Bare)
            throw new InvalidOperationException("The bare hub has no such chats.");
        var users = await target.UsersAsync(settings.Users, cancellationToken);
        var members = Enumerable
            .Range(0, settings.Chats)
            .Select(i => Choose(users, i < settings.Chats * settings.DirectPart ? 2 : settings.Members))
            .ToArray();
        _random.Shuffle(members);
        var chats = new LoadChat[settings.Chats];
        await ChatServer.InParallelAsync(
            chats.Length,
            async i => chats[i] = await target.ChatAsync(members[i].Length == 2, members[i], cancellationToken),
            cancellationToken
        );
        // The same pair may have been drawn twice, and has one chat.
        chats = [.. chats.DistinctBy(c => c.Id)];
        _weights = Zipf(chats.Length);
        var roles = new Dictionary<int, Func<SendTemplate>>();
        foreach (var user in users)
        {
            var mine = Enumerable.Range(0, chats.Length).Where(c => chats[c].Members.Contains(user.Number)).ToArray();
            if (mine.Length > 0)
                roles.Add(user.Number, Weighted(settings, chats, mine));
        }
        return new Cast(users, chats, Direct: false, roles);
    }

    protected override async Task BesideAsync(Cast cast, Crowd crowd, MixedSettings settings, CancellationToken cancellationToken)
    {
        if (settings.Hints <= 0)
            return;
        using var timer = new PeriodicTimer(TimeSpan.FromSeconds(1 / settings.Hints));
        var random = new Random(42);
        for (var i = 0; await timer.WaitForNextTickAsync(cancellationToken); i++)
        {
            var chat = cast.Chats[Draw(_weights, random)];
            var socket = crowd[chat.Members[random.Next(chat.Members.Length)]];
            // A number beyond the head counts as the head.
            socket.Tell("Acknowledge", new JsonArray(new JsonObject { ["chat_id"] = chat.Id, ["read_seq"] = int.MaxValue }));
            if (i % 2 == 0)
                socket.Tell("Typing", new JsonObject { ["chat_id"] = chat.Id, ["is_typing"] = true });
        }
    }

    private LoadUser[] Choose(LoadUser[] users, int count)
    {
        var chosen = new HashSet<LoadUser>();
        while (chosen.Count < count)
            chosen.Add(users[_random.Next(users.Length)]);
        return [.. chosen];
    }

    private static Func<SendTemplate> Weighted(LoadSettings settings, LoadChat[] chats, int[] mine)
    {
        var templates = Array.ConvertAll(mine, c => Template(settings, chats[c]));
        var weights = Sums(mine.Select(c => Math.Pow(c + 1, -Skew)));
        return () => templates[Draw(weights, Random.Shared)];
    }

    private static double[] Zipf(int count) => Sums(Enumerable.Range(1, count).Select(rank => Math.Pow(rank, -Skew)));

    private static double[] Sums(IEnumerable<double> weights)
    {
        var sum = 0.0;
        return [.. weights.Select(w => sum += w)];
    }

    private static int Draw(double[] sums, Random random)
    {
        var at = Array.BinarySearch(sums, random.NextDouble() * sums[^1]);
        return Math.Min(at < 0 ? ~at : at, sums.Length - 1);
    }
}
