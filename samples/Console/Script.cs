using Orleans.Chat.Client;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Console;

/// <summary>The mode for scripts: sends a text, awaits some messages, prints them plainly.</summary>
internal static class Script
{
    public static async Task<int> RunAsync(ChatClient client, Arguments arguments, CancellationToken cancellationToken)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        limit.CancelAfter(arguments.Timeout);
        try
        {
            // Read from before the connection, so that nothing is missed between.
            var events = client.ReadEventsAsync(limit.Token);
            await client.ConnectAsync(limit.Token);
            var chatId = await OpenAsync(client, arguments, limit.Token);
            if (chatId is not null && arguments.Send is { } text)
            {
                var sent = await client.SendText(chatId, text).WaitAsync(limit.Token);
                Print(sent.Seq, client.UserId!, text);
            }
            await ListenAsync(client, events, chatId, arguments.Listen ?? 0, limit.Token);
            return 0;
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            await System.Console.Error.WriteLineAsync("It took too long.");
            return 4;
        }
    }

    /// <summary>The chat that the arguments name.</summary>
    public static async Task<string?> OpenAsync(ChatClient client, Arguments arguments, CancellationToken cancellationToken)
    {
        if (arguments.With is { } user)
            return (await client.OpenDirectAsync(user, cancellationToken)).ChatId;
        return arguments.Chat;
    }

    private static async Task ListenAsync(
        ChatClient client,
        IAsyncEnumerable<ChatEvent> events,
        string? chatId,
        int count,
        CancellationToken cancellationToken
    )
    {
        if (count == 0)
            return;
        await System.Console.Error.WriteLineAsync("listening");
        await foreach (var next in events.WithCancellation(cancellationToken))
        {
            if (next is not MessageCreated { Message: var message } || message.SenderId == client.UserId)
                continue;
            if (message.Type == MessageTypes.System || (chatId is not null && message.ChatId != chatId))
                continue;
            Print(message.Seq, message.SenderId, message.Content);
            if (--count == 0)
                return;
        }
    }

    private static void Print(long seq, string sender, string text) => System.Console.WriteLine($"{seq}\t{sender}\t{text}");
}
