using Orleans.Chat.Client;
using Orleans.Chat.Protocol;
using Spectre.Console;

namespace Orleans.Chat.Console;

/// <summary>Signs in with the arguments, and asks for what they do not say.</summary>
internal static class SignIn
{
    private const string Device = "console";

    public static async Task RunAsync(ChatClient client, Arguments arguments, CancellationToken cancellationToken)
    {
        var user = arguments.User ?? await AnsiConsole.AskAsync<string>("User id:", cancellationToken);
        var password = arguments.Password ?? await AnsiConsole.PromptAsync(new TextPrompt<string>("Password:").Secret(), cancellationToken);
        if (arguments.Register && await RegisterAsync(client, user, password, cancellationToken))
            return;
        try
        {
            await client.LoginAsync(user, password, Device, cancellationToken);
        }
        catch (ChatProblemException e) when (e.Code == ProblemCodes.Unauthenticated && arguments.User is null)
        {
            if (!await AnsiConsole.ConfirmAsync("No such user with that password. Register?", defaultValue: false, cancellationToken))
                throw;
            await client.RegisterAsync(user, user, password, Device, cancellationToken);
        }
    }

    // False when the id is taken: then it is to be signed in to.
    private static async Task<bool> RegisterAsync(ChatClient client, string user, string password, CancellationToken cancellationToken)
    {
        try
        {
            await client.RegisterAsync(user, user, password, Device, cancellationToken);
            return true;
        }
        catch (ChatProblemException e) when (e.Code == ProblemCodes.Conflict)
        {
            return false;
        }
    }
}
