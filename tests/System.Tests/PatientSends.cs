using Microsoft.AspNetCore.SignalR;
using Orleans.Chat.EndToEnd;
using Orleans.Chat.Support;

namespace Orleans.Chat.SystemTests;

/// <summary>A message that was accepted, and by which try.</summary>
internal sealed record Accepted(string Chat, string Content, int Tries);

/// <summary>Sends as a client does that does not give up: what may be repeated is, with the same id.</summary>
internal static class PatientSends
{
    private const int MaxTries = 60;
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(300);

    /// <summary>Goes out before this returns its task, so that calls one after the other are pipelined.</summary>
    public static async Task<Accepted> SendPatientlyAsync(this RawHub hub, string chat, string content)
    {
        var message = new
        {
            chat_id = chat,
            content,
            type = "text",
            message_id = Place.NewId(),
        };
        return new Accepted(chat, content, await hub.CallPatientlyAsync("SendMessage", message));
    }

    /// <summary>Any call that may be made again; gives the number of tries.</summary>
    public static async Task<int> CallPatientlyAsync(this RawHub hub, string method, object argument)
    {
        for (var tries = 1; ; tries++)
        {
            try
            {
                await hub.InvokeAsync(method, argument);
                return tries;
            }
            catch (HubException refused) when (tries < MaxTries && Code(refused) is "unavailable" or "overloaded")
            {
                await Task.Delay(Pause, TimeProvider.System);
            }
        }
    }

    private static string? Code(HubException refused) => RawHub.ProblemOf(refused).GetProperty("code").GetString();
}
