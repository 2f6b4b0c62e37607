using System.Globalization;
using System.Text.Json;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Console;

/// <summary>What one line on the screen says, in Spectre's markup.</summary>
internal static class Lines
{
    /// <summary>A message with its number, by which commands name it, and the time here.</summary>
    public static FormattableString Of(Message message, string? me)
    {
        var time = message.CreatedAt.ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture);
        if (message.Type == MessageTypes.System)
            return $"[grey]{time} #{message.Seq} {Told(message)}[/]";
        var edited = message.EditedAt is null || message.DeletedAt is not null ? "" : " (edited)";
        var reactions = string.Concat(message.Reactions.Select(reaction => $" {reaction.Emoji}{reaction.Count}"));
        return message.SenderId == me
            ? (FormattableString)
                $"[grey]{time} #{message.Seq}[/] [blue]{message.SenderId}[/] {Text(message)}[grey]{edited}{reactions}{Ticks(message)}[/]"
            : $"[grey]{time} #{message.Seq}[/] [green]{message.SenderId}[/] {Text(message)}[grey]{edited}{reactions}[/]";
    }

    /// <summary>A message in a list: on one line.</summary>
    public static string Short(Message message) =>
        message.Type == MessageTypes.System ? Told(message) : $"{message.SenderId}: {Text(message).ReplaceLineEndings(" ")}";

    /// <summary>How somebody is.</summary>
    public static FormattableString Of(string userId, string status) => $"[grey]· {userId} is {status}[/]";

    /// <summary>What changed in the open chat; null where there is nothing to say.</summary>
    public static FormattableString? OfChange(ChatEvent next, string? me) =>
        next switch
        {
            MessageUpdated { Message: var message } => $"[grey]✎ #{message.Seq} {message.SenderId}: {message.Content}[/]",
            MessageDeleted { Message: var message } => $"[grey]✗ #{message.Seq} was deleted[/]",
            ReactionChanged { Removed: false } reaction => $"[grey]{reaction.Emoji} {reaction.UserId} on #{reaction.Seq}[/]",
            ReactionChanged reaction => $"[grey]{reaction.UserId} took {reaction.Emoji} back from #{reaction.Seq}[/]",
            TypingEvent { IsTyping: true } typing => $"[grey]… {typing.UserId} is typing[/]",
            ReceiptEvent receipt when receipt.UserId == me => null,
            ReceiptEvent { ReadSeq: > 0 } receipt when receipt.ReadSeq >= receipt.DeliveredSeq =>
                $"[grey]✓✓ {receipt.UserId} has read up to #{receipt.ReadSeq}[/]",
            ReceiptEvent receipt => $"[grey]✓ {receipt.UserId} has got up to #{receipt.DeliveredSeq}[/]",
            MemberLeft { Member: var member } when member.UserId == me => $"[yellow]you are not in this chat any more[/]",
            ChatDeleted => $"[yellow]the chat was deleted[/]",
            _ => null,
        };

    // Who did what with whom: the server says it in the metadata, in words of its own.
    private static string Told(Message message)
    {
        using var metadata = JsonDocument.Parse(message.Metadata?.Json ?? "{}");
        var about = metadata.RootElement.TryGetProperty("about", out var whom) ? whom.GetString() : null;
        return message.Content switch
        {
            "member.joined" => $"→ {about} joined",
            "member.added" => $"→ {message.SenderId} added {about}",
            "member.left" => $"← {about} left",
            "member.removed" => $"← {message.SenderId} removed {about}",
            "chat.renamed" => $"{message.SenderId} named the chat «{about}»",
            var other => $"{message.SenderId}: {other} {about}",
        };
    }

    private static string Text(Message message) => message.DeletedAt is null ? message.Content : "(deleted)";

    private static string Ticks(Message message) =>
        message.Status switch
        {
            MessageStatus.Read => " ✓✓",
            MessageStatus.Delivered => " ✓",
            _ => "",
        };
}
