using System.Diagnostics;

namespace Orleans.Chat.LocalCluster;

/* A child is started through `sh -c 'exec setsid setpriv --pdeathsig … program'`: each of them replaces the one before, so that the pid is
 * the program's own. setsid keeps a Ctrl-C of the terminal from it, for the launcher stops its children in an order; --pdeathsig has the
 * kernel end it when the launcher is killed, and the output goes to a file, which needs no launcher to be alive. */

/// <summary>A process that this one started, that writes to a log file and does not outlive this one.</summary>
public sealed class ChildProcess : IAsyncDisposable
{
    private const string Script = "exec \"$@\" >>\"$CHILD_LOG\" 2>&1 </dev/null";

    private readonly Process _process;

    private ChildProcess(Process process, string name, string log)
    {
        _process = process;
        Name = name;
        LogFile = log;
    }

    /// <summary>For people.</summary>
    public string Name { get; }

    /// <summary>The file with all that it wrote.</summary>
    public string LogFile { get; }

    /// <summary>The number of the program itself, no shell around it.</summary>
    public int Pid => _process.Id;

    /// <summary>Whether it is over.</summary>
    public bool HasExited => _process.HasExited;

    /// <summary>Starts it. <see cref="ChildCommand.Program"/> is looked for in the PATH.</summary>
    public static ChildProcess Start(ChildCommand command)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(command.LogFile)!);
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = command.WorkingDirectory ?? "" };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(Script);
        string[] wrapped =
        [
            "sh",
            "setsid",
            "setpriv",
            "--pdeathsig",
            command.WhenParentDies.Name(),
            .. command.User is { } user
                ? [$"--reuid={user}", $"--regid={user}", char.IsAsciiDigit(user[0]) ? "--clear-groups" : "--init-groups"]
                : Array.Empty<string>(),
            "--",
            command.Program,
            .. command.Arguments,
        ];
        foreach (var argument in wrapped)
            start.ArgumentList.Add(argument);
        foreach (var (name, value) in command.Environment)
            start.Environment[name] = value;
        start.Environment["CHILD_LOG"] = command.LogFile;
        return new ChildProcess(ChildStarter.Start(start), command.Name, command.LogFile);
    }

    /// <summary>Starts it and waits for its end; answers its exit code.</summary>
    public static async Task<int> RunAsync(ChildCommand command, CancellationToken cancellationToken)
    {
        await using var child = Start(command);
        return await child.WaitForExitAsync(cancellationToken);
    }

    /// <summary>Completes with the exit code when it is over; more than 128 is 128 and the signal that ended it.</summary>
    public async Task<int> WaitForExitAsync(CancellationToken cancellationToken = default)
    {
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode;
    }

    /// <summary>Sends a signal, unless it is over already.</summary>
    public void Send(Signal signal)
    {
        if (!HasExited)
            Signals.Send(Pid, signal);
    }

    /// <summary>Asks it to end, waits, and kills it when it has not ended in time. Answers whether it ended by itself.</summary>
    public async Task<bool> StopAsync(Signal signal, TimeSpan patience)
    {
        // A paused process would read the signal only when it goes on.
        Send(signal);
        Send(Signal.Continue);
        using var limit = new CancellationTokenSource(patience, TimeProvider.System);
        try
        {
            await WaitForExitAsync(limit.Token);
            return true;
        }
        catch (OperationCanceledException)
        {
            await KillAsync();
            return false;
        }
    }

    /// <summary>Kills it and waits until it is gone.</summary>
    public async Task KillAsync()
    {
        Send(Signal.Kill);
        await WaitForExitAsync();
    }

    /// <summary>The last lines that it wrote.</summary>
    public string LogTail(int lines = 20) =>
        File.Exists(LogFile) ? string.Join('\n', File.ReadLines(LogFile).TakeLast(lines)) : "(it wrote nothing)";

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }
}
