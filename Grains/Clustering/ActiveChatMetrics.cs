using System.Diagnostics.Metrics;

namespace Orleans.Chat.Grains.Clustering;

/// <summary>How many chats a silo has opened and not let go.</summary>
internal sealed class ActiveChatMetrics(IMeterFactory meters)
{
    private readonly UpDownCounter<long> _chats = meters
        .Create("Orleans.Chat.Silo")
        .CreateUpDownCounter<long>("orleans_chat_silo_chats", "{chat}", "Chats that are active");

    public void Opened() => _chats.Add(1);

    public void LetGo() => _chats.Add(-1);
}
