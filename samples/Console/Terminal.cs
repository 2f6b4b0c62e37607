using System.Globalization;
using System.Text;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Orleans.Chat.Console;

/* The line that is typed stays at the bottom: what happens meanwhile takes it off the screen, is printed, and puts it back. So it works in
 * any terminal and over SSH, without windows. Where the input is a pipe, its lines are read as they come. */
internal sealed class Terminal
{
    private const string Mark = "> ";
    private static readonly TimeSpan Look = TimeSpan.FromMilliseconds(20);

    private readonly Lock _lock = new();
    private readonly StringBuilder _typed = new();
    private bool _reading;

    /// <summary>A key was pressed that is part of a message.</summary>
    public Action? OnTyping { get; set; }

    /// <summary>Prints a line of Spectre's markup; what is interpolated is text and no markup.</summary>
    public void Line(FormattableString markup) => Print(() => AnsiConsole.MarkupLineInterpolated(CultureInfo.CurrentCulture, markup));

    /// <summary>Prints a table, a rule.</summary>
    public void Write(IRenderable picture) => Print(() => AnsiConsole.Write(picture));

    /// <summary>The next line; null at the end of the input.</summary>
    public async Task<string?> ReadAsync(CancellationToken cancellationToken)
    {
        if (System.Console.IsInputRedirected || System.Console.IsOutputRedirected)
            return await System.Console.In.ReadLineAsync(cancellationToken);
        Become(reading: true);
        try
        {
            while (true)
            {
                while (System.Console.KeyAvailable)
                {
                    if (Take(System.Console.ReadKey(intercept: true)) is { } line)
                        return line;
                }
                await Task.Delay(Look, TimeProvider.System, cancellationToken);
            }
        }
        finally
        {
            Become(reading: false);
        }
    }

    // The line, when it is finished.
    private string? Take(ConsoleKeyInfo key)
    {
        lock (_lock)
        {
            string? line = null;
            if (key.Key == ConsoleKey.Enter)
            {
                line = _typed.ToString();
                _typed.Clear();
            }
            else if (key.Key == ConsoleKey.Backspace && _typed.Length > 0)
                _typed.Length -= _typed.Length > 1 && char.IsLowSurrogate(_typed[^1]) ? 2 : 1;
            else if (!char.IsControl(key.KeyChar))
                _typed.Append(key.KeyChar);
            Draw();
            if (_typed.Length > 0 && _typed[0] != '/')
                OnTyping?.Invoke();
            return line;
        }
    }

    private void Become(bool reading)
    {
        lock (_lock)
        {
            _reading = reading;
            Clear();
            if (reading)
                Draw();
        }
    }

    private void Print(Action print)
    {
        lock (_lock)
        {
            if (_reading)
                Clear();
            print();
            if (_reading)
                Draw();
        }
    }

    // Of a line that is longer than the screen is wide, its end.
    private void Draw()
    {
        Clear();
        var room = Math.Max(10, AnsiConsole.Profile.Width - Mark.Length - 1);
        System.Console.Write(Mark + (_typed.Length > room ? _typed.ToString(_typed.Length - room, room) : _typed.ToString()));
    }

    private static void Clear()
    {
        if (!System.Console.IsOutputRedirected)
            System.Console.Write("\r\e[2K");
    }
}
