using System.ComponentModel;
using Orleans.Chat.Check.Histories;
using Orleans.Chat.Check.Verdicts;
using Spectre.Console;
using Spectre.Console.Cli;

namespace Orleans.Chat.Check;

internal sealed class CheckSettings : CommandSettings
{
    // Optional for the parser alone, which would end with 1 for it.
    [CommandArgument(0, "[HISTORY]")]
    [Description("Histories (*.jsonl), each one process's; they are merged by time")]
    public string[] Histories { get; init; } = [];

    [CommandOption("--presence-bound <SECONDS>")]
    [Description("How long a presence may be shown that is not so any more")]
    [DefaultValue(35.0)]
    public double PresenceBound { get; init; } = 35;

    [CommandOption("--json")]
    [Description("Writes the verdict as JSON")]
    public bool Json { get; init; }

    public override ValidationResult Validate()
    {
        if (Histories.Length == 0)
            return ValidationResult.Error("There is no history to read; see --help.");
        return PresenceBound is > 0 and < 86_400
            ? ValidationResult.Success()
            : ValidationResult.Error("--presence-bound is more than 0, and less than a day.");
    }
}

/// <summary>Decides whether histories keep what is promised. Its result is 0 when they do, 1 when not, 2 when they cannot be read.</summary>
[Description(
    """
        Decides whether what clients saw keeps what docs/guarantees.md promises. Ends with 0 when it does, 1 when not, 2 when a history cannot be read.

        A line of a history is a JSON object. Each has t (ns of the machine's monotonic clock), type and client; by type:
          invoke              chat_id message_id user_id hash           before it is sent; again for a repeat
          ack fail unknown    chat_id message_id, seq revision | code   the answer
          edit delete         chat_id message_id, hash of an edit       with _ack (revision), _fail, _unknown
          event               chat_id revision kind via applied, and of messages seq message_id sender_id hash
                              kind: message edited deleted member other; via: push changes history sync
                              system: true for the server's own messages; user_id of a member
          connect disconnect  user_id
          resume              chat_id revision                      asks for the changes after it
          page                chat_id revision                      has them up to it; a message may stand there once, as it is now
          read read_end       chat_id read_id, up_to_seq
          cursor cursor_set   chat_id user_id which seq                 which: delivered read
          member              chat_id user_id change revision seq       change: joined left
          member_unknown      chat_id user_id change                    nobody knows whether
          presence            user_id state                             as it was told
          presence_set        user_id state                             as it is
          fault               name state                                state: begin end
          final               chat_id seq revision message_id sender_id hash deleted
          head                chat_id seq revision
          at_end              chat_id revision
        """
)]
internal sealed class CheckCommand : Command<CheckSettings>
{
    public const int Unreadable = 2;

    public override int Execute(CommandContext context, CheckSettings settings, CancellationToken cancellationToken)
    {
        try
        {
            var verdict = Verdict.Of(settings.Histories, TimeSpan.FromSeconds(settings.PresenceBound));
            if (settings.Json)
                Console.Out.WriteLine(VerdictJson.Write(verdict));
            else
                VerdictTable.Write(verdict, AnsiConsole.Console);
            return verdict.Held ? 0 : 1;
        }
        catch (UnreadableException e)
        {
            Console.Error.WriteLine(e.Message);
            return Unreadable;
        }
    }
}
