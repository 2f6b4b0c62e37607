using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using Orleans.Chat.Check.Verdicts;
using Orleans.Chat.Load.Measuring;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Load.Chaos;

/// <summary>Load, faults and the checker's verdict, against whatever cluster it is pointed at.</summary>
[Description("Sends, edits, deletes, reads, joins and leaves while faults are injected, and checks what every device saw")]
internal sealed class ChaosCommand : AsyncCommand<ChaosSettings>
{
    /// <summary>Nothing of presence is in these histories.</summary>
    private static readonly TimeSpan PresenceBound = TimeSpan.FromSeconds(35);

    public override async Task<int> ExecuteAsync(CommandContext context, ChaosSettings settings, CancellationToken cancellationToken)
    {
        if (settings.List)
        {
            Array.ForEach(LocalFaults.Names, AnsiConsole.WriteLine);
            return 0;
        }
        IReadOnlyList<Uri> servers = settings.Cluster is { } file ? new ServerProcesses().AddCluster(file) : [];
        if (settings.Servers.Length > 0)
            servers = settings.Servers;
        if (servers.Count == 0)
            servers = [new Uri("http://127.0.0.1:5080")];
        using (var history = new History(settings.History))
        {
            await using var run = new ChaosRun(servers, settings, history, Tell)
            {
                Cluster = settings.Cluster is { } cluster ? new ClusterProcesses(cluster) : null,
            };
            await run.RunAsync(FaultsOf(settings), cancellationToken);
            AnsiConsole.MarkupLineInterpolated(
                CultureInfo.InvariantCulture,
                $"{history.Lines} lines of history in {settings.History}; {run.NotOffered} messages were not even tried"
            );
            foreach (var (code, count) in run.Refusals.Counts)
                Tell($"{count} tries of sends ended with {code}");
            Tell($"{run.Refusals.GivenUp} sends had no last word when patience was over");
            foreach (var (role, pid, before, after) in run.Memory)
                Tell($"{role} (pid {pid}) held {before >> 20} MB before, and holds {after >> 20} MB");
        }
        var verdict = Verdict.Of([settings.History], PresenceBound);
        VerdictTable.Write(verdict, AnsiConsole.Console);
        return verdict.Held ? 0 : 1;
    }

    private static void Tell(string text) => AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, $"[grey]{text}[/]");

    private static Fault[] FaultsOf(ChaosSettings settings)
    {
        if (settings.Begin is { } begin)
            return
            [
                new Fault(
                    settings.Faults.FirstOrDefault() ?? "command",
                    t => ShellAsync(begin, t),
                    settings.Heal is { } heal ? t => ShellAsync(heal, t) : null
                ),
            ];
        if (settings.Faults.Length == 0)
            return [];
        var local = new LocalFaults(settings.Cluster ?? throw new InvalidOperationException("A built-in fault needs --cluster."), Tell);
        return [.. settings.Faults.Select(local.Of)];
    }

    /// <summary>What a person would type; its failure ends the run, for without the fault the run shows nothing.</summary>
    private static async Task ShellAsync(string command, CancellationToken cancellationToken)
    {
        using var shell = Process.Start("/bin/sh", ["-c", command]);
        await shell.WaitForExitAsync(cancellationToken);
        if (shell.ExitCode != 0)
            throw new InvalidOperationException($"{command} ended with {shell.ExitCode}.");
    }
}
