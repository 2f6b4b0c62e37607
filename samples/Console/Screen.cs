using Orleans.Chat.Client;
using Orleans.Chat.Protocol;
using Spectre.Console;

namespace Orleans.Chat.Console;

/* One chat is open at a time, and shown as it happens; of the others only a line tells that something came. */
internal sealed class Screen(ChatClient client, Terminal terminal)
{
    private static readonly TimeSpan TypingLasts = TimeSpan.FromSeconds(4);

    private string? _open;
    private string[] _listed = [];
    private ConnectionState _state;
    private bool _wasConnected;
    private long _typingTold;

    public async Task<int> RunAsync(Arguments arguments, CancellationToken cancellationToken)
    {
        client.OnEvent += Show;
        client.OnConnection += ShowState;
        await client.ConnectAsync(cancellationToken);
        var commands = new Commands(client, this, terminal);
        if (await Script.OpenAsync(client, arguments, cancellationToken) is { } chatId)
            await OpenAsync(chatId, cancellationToken);
        else
            await ListAsync(cancellationToken);
        terminal.Line($"[grey]/help tells what can be typed[/]");
        terminal.OnTyping = TellTyping;
        while (await terminal.ReadAsync(cancellationToken) is { } line)
        {
            try
            {
                if (!await commands.RunAsync(line.Trim(), cancellationToken))
                    break;
            }
            catch (Exception e)
                when (e is ChatProblemException or ChatDisconnectedException or HttpRequestException or MessageParkedException)
            {
                terminal.Line($"[red]{e.Message}[/]");
            }
        }
        return 0;
    }

    /// <summary>The chat that is typed to, or null.</summary>
    public string? Open => _open;

    /// <summary>Lists the chats.</summary>
    public async Task ListAsync(CancellationToken cancellationToken)
    {
        var chats = (await client.GetChatsAsync(cancellationToken: cancellationToken)).Chats;
        if (chats.Length == 0)
        {
            terminal.Line($"[grey]no chats yet: /direct USER, or /new group NAME USER…[/]");
            return;
        }
        _listed = [.. chats.Select(chat => chat.ChatId)];
        var table = new Table().Border(TableBorder.Rounded).AddColumns("", "name", "type", "members", "unread", "last");
        foreach (var (index, chat) in chats.Index())
        {
            string[] cells =
            [
                $"{index + 1}",
                await NameAsync(chat, cancellationToken),
                chat.Type,
                $"{chat.MemberCount}",
                chat.UnreadCount > 0 ? $"{chat.UnreadCount}" : "",
                chat.LastMessage is { } last ? Lines.Short(last) : "",
            ];
            table.AddRow([.. cells.Select(cell => new Text(cell))]);
        }
        terminal.Write(table);
    }

    /// <summary>A chat by its number in the last list, or its id.</summary>
    public string Find(string word) =>
        int.TryParse(word, System.Globalization.CultureInfo.InvariantCulture, out var number) && number >= 1 && number <= _listed.Length
            ? _listed[number - 1]
            : word;

    /// <summary>Opens a chat: shows its newest messages and who is there.</summary>
    public async Task OpenAsync(string chatId, CancellationToken cancellationToken)
    {
        var chat = await client.GetChatAsync(chatId, cancellationToken);
        var members = (await client.GetMembersAsync(chatId, cancellationToken: cancellationToken)).Members;
        _open = chatId;
        terminal.Write(new Rule(Markup.Escape(await NameAsync(chat, cancellationToken))).LeftJustified());
        var unread = chat.UnreadCount > 0 ? chat.ReadSeq : null;
        foreach (var message in (await client.GetMessagesAsync(chatId, limit: 20, cancellationToken: cancellationToken)).Messages)
        {
            if (message.Seq > unread)
            {
                terminal.Line($"[yellow]── {chat.UnreadCount} unread ──[/]");
                unread = null;
            }
            terminal.Line(Lines.Of(message, client.UserId));
        }
        await ReadAsync(chatId, chat.HeadSeq, cancellationToken);
        string[] others = [.. members.Select(member => member.UserId).Where(user => user != client.UserId).Take(50)];
        foreach (var presence in await client.WatchPresenceAsync(others, cancellationToken))
            terminal.Line(Lines.Of(presence.UserId, presence.Status));
    }

    // A direct chat has the other's name.
    private async Task<string> NameAsync(ChatView chat, CancellationToken cancellationToken)
    {
        if (chat.Name is { Length: > 0 } name)
            return name;
        if (chat.Type != ChatTypes.Direct)
            return chat.ChatId;
        var members = (await client.GetMembersAsync(chat.ChatId, cancellationToken: cancellationToken)).Members;
        return members.FirstOrDefault(member => member.UserId != client.UserId)?.UserId ?? chat.ChatId;
    }

    private void Show(ChatEvent next)
    {
        switch (next)
        {
            case MessageCreated { Message: var message } when message.ChatId == _open:
                terminal.Line(Lines.Of(message, client.UserId));
                if (message.SenderId != client.UserId)
                    _ = ReadAsync(message.ChatId, message.Seq, CancellationToken.None);
                break;
            case MessageCreated { Message: var message } when message.SenderId != client.UserId:
                terminal.Line(
                    $"[yellow]• {client.Chats.GetValueOrDefault(message.ChatId)?.View?.Name ?? message.ChatId}[/] [grey]{Lines.Short(message)}[/]"
                );
                break;
            case PresenceEvent presence:
                terminal.Line(Lines.Of(presence.UserId, presence.Status));
                break;
            default:
                if (next.ChatId == _open && next is not ChatSynced && Lines.OfChange(next, client.UserId) is { } line)
                    terminal.Line(line);
                break;
        }
    }

    private void ShowState(ConnectionState state)
    {
        var before = _state;
        _state = state;
        if (state == ConnectionState.SignedOut)
            terminal.Line($"[red]signed out: start again to sign in[/]");
        // Tries alternate with waits: only the first wait is news.
        else if (state == ConnectionState.Waiting && before == ConnectionState.Connected)
            terminal.Line($"[red]no connection; trying again. What you send waits.[/]");
        else if (state == ConnectionState.Connected && _wasConnected)
            terminal.Line($"[green]connected again[/]");
        _wasConnected |= state == ConnectionState.Connected;
    }

    // Once in a while, since it expires by itself.
    private void TellTyping()
    {
        if (_open is not { } chatId || _typingTold != 0 && TimeProvider.System.GetElapsedTime(_typingTold) < TypingLasts)
            return;
        _typingTold = TimeProvider.System.GetTimestamp();
        _ = HintAsync(() => client.SendTypingAsync(chatId, isTyping: true));
    }

    private Task ReadAsync(string chatId, long seq, CancellationToken cancellationToken)
    {
        var read = new Acknowledge
        {
            ChatId = chatId,
            DeliveredSeq = seq,
            ReadSeq = seq,
        };
        return HintAsync(() => client.AcknowledgeAsync([read], cancellationToken));
    }

    private static async Task HintAsync(Func<Task> tell)
    {
        try
        {
            await tell();
        }
        catch (ChatDisconnectedException)
        {
            // The next one tells of this one too.
        }
    }
}
