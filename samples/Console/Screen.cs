using System.Globalization;
using Orleans.Chat.Client;
using Orleans.Chat.Protocol;
using Spectre.Console;

namespace Orleans.Chat.Console;

/* Lines, not windows: what happens is printed above the line that is typed, so it works in any terminal, over SSH and in a pipe. One
 * chat is open at a time; of the others only a line tells that something came. */
internal sealed class Screen(ChatClient client)
{
    private string? _open;
    private ConnectionState _state;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        client.OnEvent += Show;
        client.OnConnection += ShowState;
        await client.ConnectAsync(cancellationToken);
        var commands = new Commands(client, this);
        if (await Script.OpenAsync(client, arguments, cancellationToken) is { } chatId)
            await OpenAsync(chatId, cancellationToken);
        else
            await ListAsync(cancellationToken);
        AnsiConsole.MarkupLine("[grey]/help tells what can be typed[/]");
        while (await System.Console.In.ReadLineAsync(cancellationToken) is { } line)
        {
            try
            {
                if (!await commands.RunAsync(line.Trim(), cancellationToken))
                    break;
            }
            catch (Exception e)
                when (e is ChatProblemException or ChatDisconnectedException or HttpRequestException or MessageParkedException)
            {
                AnsiConsole.MarkupLineInterpolated($"[red]{e.Message}[/]");
            }
        }
        return 0;
    }

    /// <summary>The chat that is typed to, or null.</summary>
    public string? Open => _open;

    /// <summary>Lists the chats.</summary>
    public async Task ListAsync(CancellationToken cancellationToken)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumns("chat", "name", "type", "members", "unread", "last");
        foreach (var chat in (await client.GetChatsAsync(cancellationToken: cancellationToken)).Chats)
        {
            string[] cells =
            [
                chat.ChatId,
                chat.Name ?? "",
                chat.Type,
                $"{chat.MemberCount}",
                $"{chat.UnreadCount}",
                chat.LastMessage is { } last ? $"{last.SenderId}: {last.Content}" : "",
            ];
            table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }
        AnsiConsole.Write(table);
    }

    /// <summary>Opens a chat: shows its newest messages and who is there.</summary>
    public async Task OpenAsync(string chatId, CancellationToken cancellationToken)
    {
        var chat = await client.GetChatAsync(chatId, cancellationToken);
        var members = (await client.GetMembersAsync(chatId, cancellationToken: cancellationToken)).Members;
        _open = chatId;
        AnsiConsole.Write(new Rule(Markup.Escape(chat.Name ?? chatId)).LeftJustified());
        foreach (var message in (await client.GetMessagesAsync(chatId, limit: 20, cancellationToken: cancellationToken)).Messages)
            Print(message);
        await ReadAsync(chatId, chat.HeadSeq, cancellationToken);
        string[] others = [.. members.Select(member => member.UserId).Where(user => user != client.UserId).Take(50)];
        foreach (var presence in await client.WatchPresenceAsync(others, cancellationToken))
            Print(presence.UserId, presence.Status);
    }

    private void Show(ChatEvent next)
    {
        switch (next)
        {
            case MessageCreated { Message: var message } when message.ChatId == _open:
                Print(message);
                if (message.SenderId != client.UserId)
                    _ = ReadAsync(message.ChatId, message.Seq, CancellationToken.None);
                break;
            case MessageCreated { Message: var message } when message.SenderId != client.UserId:
                AnsiConsole.MarkupLineInterpolated($"[yellow]• {message.ChatId}[/] [grey]{message.SenderId}: {message.Content}[/]");
                break;
            case PresenceEvent presence:
                Print(presence.UserId, presence.Status);
                break;
            case ChatSynced { Chat: var chat } when chat.ChatId != _open:
                break;
            default:
                if (next.ChatId == _open)
                    ShowChange(next);
                break;
        }
    }

    private static void ShowChange(ChatEvent next)
    {
        FormattableString? line = next switch
        {
            MessageUpdated { Message: var message } => $"[grey]✎ #{message.Seq} {message.SenderId}: {message.Content}[/]",
            MessageDeleted { Message: var message } => $"[grey]✗ #{message.Seq} was deleted[/]",
            ReactionChanged { Removed: false } reaction => $"[grey]{reaction.Emoji} {reaction.UserId} on #{reaction.Seq}[/]",
            ReactionChanged reaction => $"[grey]{reaction.UserId} took {reaction.Emoji} back from #{reaction.Seq}[/]",
            TypingEvent { IsTyping: true } typing => $"[grey]… {typing.UserId} is typing[/]",
            ReceiptEvent receipt => $"[grey]✓ {receipt.UserId} has #{receipt.DeliveredSeq}, read #{receipt.ReadSeq}[/]",
            MemberJoined { Member: var member } => $"[grey]→ {member.UserId} is in the chat[/]",
            MemberLeft { Member: var member } => $"[grey]← {member.UserId} left[/]",
            ChatUpdated { Chat: var chat } => $"[grey]the chat is now «{chat.Name}»[/]",
            ChatRemoved => $"[grey]you are not in this chat any more[/]",
            _ => null,
        };
        if (line is not null)
            AnsiConsole.MarkupLineInterpolated(CultureInfo.InvariantCulture, line);
    }

    private void ShowState(ConnectionState state)
    {
        if (state is ConnectionState.Waiting or ConnectionState.SignedOut && _state != state)
            AnsiConsole.MarkupLineInterpolated(
                $"[red]{(state == ConnectionState.Waiting ? "no connection; trying again" : "signed out")}[/]"
            );
        if (state == ConnectionState.Connected && _state != ConnectionState.Disconnected)
            AnsiConsole.MarkupLine("[green]connected[/]");
        _state = state;
    }

    private async Task ReadAsync(string chatId, long seq, CancellationToken cancellationToken)
    {
        try
        {
            Acknowledge[] cursors =
            [
                new()
                {
                    ChatId = chatId,
                    DeliveredSeq = seq,
                    ReadSeq = seq,
                },
            ];
            await client.AcknowledgeAsync(cursors, cancellationToken);
        }
        catch (ChatDisconnectedException)
        {
            // The next message that is read tells of this one too.
        }
    }

    private void Print(Message message)
    {
        var colour = message.SenderId == client.UserId ? "blue" : "green";
        var text = message.DeletedAt is null ? message.Content : "(deleted)";
        AnsiConsole.MarkupLine($"[grey]#{message.Seq}[/] [{colour}]{Markup.Escape(message.SenderId)}[/] {Markup.Escape(text)}");
    }

    private static void Print(string userId, string status) => AnsiConsole.MarkupLineInterpolated($"[grey]· {userId} is {status}[/]");
}
