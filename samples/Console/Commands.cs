using System.Globalization;
using Orleans.Chat.Client;
using Orleans.Chat.Protocol;
using Spectre.Console;

namespace Orleans.Chat.Console;

/// <summary>What is typed: a line with a slash is a command, any other a message to the open chat.</summary>
internal sealed class Commands(ChatClient client, Screen screen, Terminal terminal)
{
    private const string Help = """
        /list                         your chats, numbered
        /open NUMBER|CHAT             opens a chat; what you type goes there
        /direct USER                  opens the direct chat with somebody
        /new group|channel NAME USER… makes a chat and opens it
        /join CHAT                    joins a public chat and opens it
        /leave                        leaves the open chat
        /more                         shows older messages
        /react SEQ EMOJI              reacts to a message; again with - before the emoji takes it back
        /edit SEQ TEXT                changes your message
        /delete SEQ [me]              deletes a message for everybody, or for you alone
        /status online|away|dnd|invisible
        /quit
        """;

    /// <summary>False when it is over.</summary>
    public async Task<bool> RunAsync(string line, CancellationToken cancellationToken)
    {
        if (line.Length == 0)
            return true;
        if (line[0] != '/')
        {
            if (Chat() is { } chatId)
                _ = SendAsync(chatId, line);
            return true;
        }
        var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        switch (words)
        {
            case ["/quit"]:
                return false;
            case ["/list"]:
                await screen.ListAsync(cancellationToken);
                return true;
            case ["/open", var chatId]:
                await screen.OpenAsync(screen.Find(chatId), cancellationToken);
                return true;
            case ["/direct", var user]:
                await screen.OpenAsync((await client.OpenDirectAsync(user, cancellationToken)).ChatId, cancellationToken);
                return true;
            case ["/join", var chatId]:
                await screen.OpenAsync((await client.JoinAsync(chatId, cancellationToken)).ChatId, cancellationToken);
                return true;
            case ["/new", var type, var name, .. var users]:
                var chat = new CreateChat
                {
                    Type = type,
                    Name = name,
                    MemberIds = users,
                };
                await screen.OpenAsync((await client.CreateChatAsync(chat, cancellationToken)).ChatId, cancellationToken);
                return true;
            case ["/status", var status]:
                await client.SetPresenceAsync(status, cancellationToken);
                return true;
            default:
                await RunInChatAsync(words, line, cancellationToken);
                return true;
        }
    }

    // Not awaited: without a connection it waits in the outbox, and the next line can be typed.
    private async Task SendAsync(string chatId, string text)
    {
        try
        {
            await client.SendText(chatId, text);
        }
        catch (OperationCanceledException)
        {
            terminal.Line($"[red]not sent: {text}[/]");
        }
        catch (Exception e) when (e is ChatProblemException or MessageParkedException)
        {
            terminal.Line($"[red]not sent: {text}: {e.Message}[/]");
        }
    }

    private async Task RunInChatAsync(string[] words, string line, CancellationToken cancellationToken)
    {
        if (words is ["/help"])
            terminal.Write(new Text(Help + "\n"));
        else if (Chat() is { } chatId)
            await RunInAsync(chatId, words, line, cancellationToken);
    }

    private async Task RunInAsync(string chatId, string[] words, string line, CancellationToken cancellationToken)
    {
        switch (words)
        {
            case ["/leave"]:
                await client.RemoveMemberAsync(chatId, client.UserId!, cancellationToken);
                break;
            case ["/more"]:
                await ShowOlderAsync(chatId, cancellationToken);
                break;
            case ["/react", var seq, var emoji] when await FindAsync(chatId, seq, cancellationToken) is { } message:
                await client.ReactAsync(chatId, message.MessageId, emoji.TrimStart('-'), emoji[0] == '-', cancellationToken);
                break;
            case ["/edit", var seq, _, ..] when await FindAsync(chatId, seq, cancellationToken) is { } message:
                var text = line[(line.IndexOf(seq, StringComparison.Ordinal) + seq.Length)..].Trim();
                await client.EditMessageAsync(chatId, message.MessageId, text, cancellationToken: cancellationToken);
                break;
            case ["/delete", var seq, .. var rest] when await FindAsync(chatId, seq, cancellationToken) is { } message:
                await client.DeleteMessageAsync(chatId, message.MessageId, rest is ["me"], cancellationToken);
                break;
            case ["/react" or "/edit" or "/delete", var seq, ..]
                when long.TryParse(seq.TrimStart('#'), CultureInfo.InvariantCulture, out _):
                terminal.Line($"[red]There is no message {seq} near the end of this chat, or a word is missing; /help tells.[/]");
                break;
            default:
                terminal.Line($"[red]That was not understood; /help tells what can be typed.[/]");
                break;
        }
    }

    private async Task ShowOlderAsync(string chatId, CancellationToken cancellationToken)
    {
        if (client.Chats.GetValueOrDefault(chatId) is not { Messages: [var oldest, ..] } state)
            return;
        var page = await client.GetMessagesAsync(chatId, before: oldest.MessageId, cancellationToken: cancellationToken);
        state.Add(page.Messages);
        foreach (var message in page.Messages)
            terminal.Line(Lines.Of(message, client.UserId));
    }

    // People name a message by its number on the screen, which the newest page usually has.
    private async Task<Message?> FindAsync(string chatId, string number, CancellationToken cancellationToken)
    {
        if (!long.TryParse(number.TrimStart('#'), CultureInfo.InvariantCulture, out var seq))
            return null;
        if (client.Chats.GetValueOrDefault(chatId)?.Messages.FirstOrDefault(message => message.Seq == seq) is { } held)
            return held;
        var page = await client.GetMessagesAsync(chatId, limit: 200, cancellationToken: cancellationToken);
        return page.Messages.FirstOrDefault(message => message.Seq == seq);
    }

    private string? Chat()
    {
        if (screen.Open is null)
            terminal.Line($"[red]Open a chat first: /list, then /open NUMBER.[/]");
        return screen.Open;
    }
}
