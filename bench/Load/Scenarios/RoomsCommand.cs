using System.ComponentModel;
using Orleans.Chat.Load.Population;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Scenarios;

internal sealed class RoomsSettings : TrafficSettings
{
    [CommandOption("--rooms <N>")]
    [DefaultValue(20)]
    public int Rooms { get; init; } = 20;

    [CommandOption("--members <N>")]
    [Description("Members of a room")]
    [DefaultValue(50)]
    public int Members { get; init; } = 50;

    [CommandOption("--connected <N>")]
    [Description("How many of a room's members are connected; without it all")]
    public int? Connected { get; init; }

    [CommandOption("--senders <N>")]
    [Description("How many of all members send, spread over the rooms")]
    [DefaultValue(80)]
    public int Senders { get; init; } = 80;

    public int Present => Connected ?? Members;

    public override ValidationResult Validate() =>
        Present < 1 || Present > Members ? ValidationResult.Error("--connected is from 1 to --members.") : base.Validate();
}

/// <summary>Rooms of the same size whose members are in no other.</summary>
[Description("Rooms with some senders in each, whose members are connected")]
internal sealed class RoomsCommand : TrafficCommand<RoomsSettings>
{
    protected override string Name => "rooms";

    protected override async Task<Cast> CastAsync(ITarget target, RoomsSettings settings, CancellationToken cancellationToken)
    {
        var users = await target.UsersAsync(settings.Rooms * settings.Members, cancellationToken);
        var chats = new LoadChat[settings.Rooms];
        await ChatServer.InParallelAsync(
            chats.Length,
            async i =>
            {
                var chat = await target.ChatAsync(
                    direct: false,
                    users[(i * settings.Members)..((i + 1) * settings.Members)],
                    cancellationToken
                );
                // Who is not there is waited for by nobody.
                chats[i] = chat with
                {
                    Members = chat.Members[..settings.Present],
                };
            },
            cancellationToken
        );
        var roles = Enumerable
            .Range(0, settings.Senders)
            .ToDictionary(
                s => chats[s % chats.Length].Members[s / chats.Length % settings.Present],
                s => InTurn(settings, chats[s % chats.Length])
            );
        LoadUser[] present = [.. users.Where((_, i) => i % settings.Members < settings.Present)];
        return new Cast(present, chats, Direct: false, roles);
    }
}
