using Orleans.Chat.Client;
using Orleans.Chat.Console;
using Orleans.Chat.Protocol;
using Spectre.Console;

if (Arguments.Parse(args) is not { } arguments)
{
    AnsiConsole.WriteLine(Arguments.Usage);
    return 2;
}

using var end = new CancellationTokenSource();
Console.CancelKeyPress += (_, pressed) =>
{
    pressed.Cancel = true;
    end.Cancel();
};

try
{
    await using var client = new ChatClient(new ChatClientOptions { Server = arguments.Server, Format = arguments.Format });
    await SignIn.RunAsync(client, arguments, end.Token);
    var script = arguments.Send is not null || arguments.Listen is not null;
    return script
        ? await Script.RunAsync(client, arguments, end.Token)
        : await new Screen(client, new Terminal()).RunAsync(arguments, end.Token);
}
catch (OperationCanceledException) when (end.IsCancellationRequested)
{
    return 130;
}
catch (ChatProblemException e)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{e.Message}[/]");
    foreach (var (field, errors) in e.Errors ?? new Dictionary<string, string[]>(StringComparer.Ordinal))
        AnsiConsole.MarkupLineInterpolated($"[red]  {field}: {string.Join(' ', errors)}[/]");
    return e.Code == ProblemCodes.Unauthenticated ? 3 : 1;
}
catch (HttpRequestException e)
{
    AnsiConsole.MarkupLineInterpolated($"[red]{arguments.Server} does not answer: {e.Message}[/]");
    return 1;
}
