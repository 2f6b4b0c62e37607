using System.Reflection;
using System.Text.Json;
using System.Text.Json.Serialization;
using MessagePack;
using Orleans.Chat.Protocol.MessagePack;

namespace Orleans.Chat.Protocol.Tests;

/// <summary>What each event looks like on the wire. A file here changes only when the protocol does.</summary>
public sealed class GoldenEventTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "golden");

    public static TheoryData<string> Types => [.. Directory.GetFiles(Folder, "*.json").Select(f => Path.GetFileNameWithoutExtension(f))];

    [Fact]
    public void Every_event_type_has_a_sample() =>
        Types
            .Select(t => t.Data)
            .ShouldBe(
                typeof(ChatEvent).GetCustomAttributes<JsonDerivedTypeAttribute>().Select(a => (string)a.TypeDiscriminator!),
                ignoreOrder: true
            );

    [Theory, MemberData(nameof(Types))]
    public void An_event_is_read_and_written_as_its_sample(string type)
    {
        var sample = Sample(type);

        var read = JsonSerializer.Deserialize<ChatEvent>(sample, ProtocolJson.Options);

        JsonSerializer.Serialize(read, ProtocolJson.Options).ShouldBe(sample);
    }

    [Theory, MemberData(nameof(Types))]
    public void MessagePack_says_the_same(string type)
    {
        var sample = Sample(type);
        ChatEvent[] events = [JsonSerializer.Deserialize<ChatEvent>(sample, ProtocolJson.Options)!];

        var bytes = MessagePackSerializer.Serialize(events, ProtocolMessagePack.Options, TestContext.Current.CancellationToken);

        MessagePackSerializer
            .Deserialize<JsonElement>(bytes, ProtocolMessagePack.Options, TestContext.Current.CancellationToken)
            .GetRawText()
            .ShouldBe($"[{sample}]");
        var back = MessagePackSerializer.Deserialize<ChatEvent[]>(
            bytes,
            ProtocolMessagePack.Options,
            TestContext.Current.CancellationToken
        );
        JsonSerializer.Serialize(back, ProtocolJson.Options).ShouldBe($"[{sample}]");
    }

    private static string Sample(string type) => File.ReadAllText(Path.Combine(Folder, type + ".json")).TrimEnd('\n');
}
