using System.Globalization;
using Orleans.Chat.Client;

namespace Orleans.Chat.Console;

/// <summary>What stands on the command line.</summary>
internal sealed record Arguments
{
    public const string Usage = """
        Usage: Console [--server URL] [--user ID] [--password PASSWORD] [--register]
                       [--chat ID | --with USER] [--messagepack]
                       [--send TEXT] [--listen COUNT] [--timeout SECONDS]

        The server is http://localhost:5080 unless told otherwise, where ./run.sh starts it. Register makes the account if
        the id is free.

        Without --send and --listen it is a live chat. With them it is for scripts: the text is sent to the chat, and
        COUNT messages of others are awaited and printed, one a line: seq, sender and text, with tabs between.
        """;

    public Uri Server { get; private init; } = new("http://localhost:5080");

    public string? User { get; private init; }

    public string? Password { get; private init; }

    public bool Register { get; private init; }

    public string? Chat { get; private init; }

    public string? With { get; private init; }

    public HubFormat Format { get; private init; }

    public string? Send { get; private init; }

    public int? Listen { get; private init; }

    public TimeSpan Timeout { get; private init; } = TimeSpan.FromSeconds(30);

    /// <summary>Null when they cannot be understood.</summary>
    public static Arguments? Parse(string[] args)
    {
        var read = new Arguments();
        for (var i = 0; i < args.Length; i++)
        {
            if (args[i] is "--register" or "--messagepack")
                read = args[i] == "--register" ? read with { Register = true } : read with { Format = HubFormat.MessagePack };
            else if (i + 1 < args.Length && read.Take(args[i], args[++i]) is { } more)
                read = more;
            else
                return null;
        }
        return read;
    }

    private Arguments? Take(string name, string value) =>
        name switch
        {
            "--server" when Uri.TryCreate(value, UriKind.Absolute, out var server) => this with { Server = server },
            "--user" => this with { User = value },
            "--password" => this with { Password = value },
            "--chat" => this with { Chat = value },
            "--with" => this with { With = value },
            "--send" => this with { Send = value },
            "--listen" when int.TryParse(value, CultureInfo.InvariantCulture, out var count) => this with { Listen = count },
            "--timeout" when int.TryParse(value, CultureInfo.InvariantCulture, out var seconds) => this with
            {
                Timeout = TimeSpan.FromSeconds(seconds),
            },
            _ => null,
        };
}
