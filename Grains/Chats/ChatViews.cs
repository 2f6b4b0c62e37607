using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;
namespace Orleans.Chat.Grains.Chats;
internal static class ChatViews
{
    public static ChatView For(ChatRow chat, MemberRow? member, long mentionCount, Preferences? preferences, Message? lastMessage) => throw new NotSupportedException();
    public static Message For(MessageRow row, string status) => throw new NotSupportedException();
}
