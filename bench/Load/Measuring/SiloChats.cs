using System.Globalization;

namespace Orleans.Chat.Load.Measuring;

/// <summary>How many chats each silo has, by its metrics.</summary>
internal static class SiloChats
{
    private const string Gauge = "orleans_chat_silo_chats";
    private static readonly HttpClient Http = new();

    public static async Task<IReadOnlyList<int>> CountAsync(IEnumerable<Uri> silos, CancellationToken cancellationToken)
    {
        var counts = new List<int>();
        foreach (var silo in silos)
        {
            var metrics = await Http.GetStringAsync(new Uri(silo, "/metrics"), cancellationToken);
            // name{labels} value; a silo that has opened no chat yet does not show it.
            var line = metrics.Split('\n').FirstOrDefault(l => l.StartsWith(Gauge, StringComparison.Ordinal));
            counts.Add(line is null ? 0 : (int)double.Parse(line[(line.LastIndexOf(' ') + 1)..], CultureInfo.InvariantCulture));
        }
        return counts;
    }
}
