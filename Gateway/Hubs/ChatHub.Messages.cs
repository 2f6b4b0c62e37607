using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Hubs;

internal sealed partial class ChatHub
{
    public Task<SentMessage> SendMessage(SendMessage request) =>
        NeedAsync(messages.SendInOrderAsync(Context.ConnectionId, Caller, Given(request)));

    public Task<Message> EditMessage(EditMessage request) => NeedAsync(messages.EditAsync(Caller, Given(request)));

    public Task DeleteMessage(DeleteMessage request) => NeedAsync(messages.DeleteAsync(Caller, Given(request)));

    public Task React(React request) => NeedAsync(messages.ReactAsync(Caller, Given(request)));

    public Task Acknowledge(Acknowledge?[] entries) => NeedAsync(messages.AcknowledgeAsync(Caller, Given(entries)));

    public Task Typing(Typing request) => NeedAsync(messages.TypingAsync(Caller, Given(request)));
}
