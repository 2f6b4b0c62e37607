using System.Runtime.InteropServices;

namespace Orleans.Chat.LocalCluster;

/// <summary>What can be sent to a process, by its number on Linux.</summary>
public enum Signal
{
    /// <summary>Ctrl-C; PostgreSQL's fast shutdown.</summary>
    Interrupt = 2,

    /// <summary>PostgreSQL's immediate shutdown.</summary>
    Quit = 3,

    /// <summary>Dies now, with nothing said and nothing flushed.</summary>
    Kill = 9,

    /// <summary>Asks to drain and end.</summary>
    Terminate = 15,

    /// <summary>Goes on after <see cref="Pause"/>.</summary>
    Continue = 18,

    /// <summary>Stands still, its sockets open: the fault that looks like a slow network.</summary>
    Pause = 19,
}

internal static partial class Signals
{
    /// <summary>False when there is no such process any more.</summary>
    public static bool Send(int pid, Signal signal) => Kill(pid, (int)signal) == 0;

    /// <summary>As setpriv knows it.</summary>
    public static string Name(this Signal signal) =>
        signal switch
        {
            Signal.Interrupt => "INT",
            Signal.Quit => "QUIT",
            Signal.Kill => "KILL",
            Signal.Terminate => "TERM",
            _ => throw new ArgumentOutOfRangeException(nameof(signal), signal, "Does not end a process."),
        };

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static partial int Kill(int pid, int signal);
}
