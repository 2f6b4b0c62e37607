using System.Text.Json;
using Orleans.Chat.Client.Sync;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Sync;

public sealed class EventReaderTests
{
    [Fact]
    public void Unknown_types_are_ignored_and_spoil_no_others()
    {
        Read("""[{"type":"hologram","x":1},{"type":"typing","chat_id":"c","user_id":"u","is_typing":true},7,{}]""")
            .ShouldBe([new TypingEvent("u", true) { ChatId = "c" }]);
    }

    [Fact]
    public void An_unknown_durable_event_still_takes_its_revision() =>
        Read("""[{"type":"poll.closed","chat_id":"c","revision":4}]""").ShouldBe([new Noop { ChatId = "c", Revision = 4 }]);

    [Fact]
    public void A_durable_event_that_cannot_be_read_still_takes_its_revision() =>
        Read("""[{"type":"message.created","chat_id":"c","revision":4,"message":"?"}]""")
            .ShouldBe([new Noop { ChatId = "c", Revision = 4 }]);

    [Fact]
    public void The_type_may_stand_anywhere_and_unknown_fields_are_ignored() =>
        Read("""[{"chat_id":"c","after_revision":3,"why":"slow","type":"gap"}]""").ShouldBe([new GapEvent(3) { ChatId = "c" }]);

    [Fact]
    public void What_the_protocol_writes_is_read()
    {
        ChatEvent[] all = [TestData.Created("c", 1, 1), new Noop { ChatId = "c", Revision = 2 }, new SyncRequired(5)];
        var json = JsonSerializer.SerializeToElement(all, ProtocolJson.Options);
        var read = EventReader.ReadAll(json).ToArray();
        read.Length.ShouldBe(3);
        read[0].ShouldBeOfType<MessageCreated>().Message.Content.ShouldBe("text 1");
        read[1..].ShouldBe(all[1..]);
    }

    [Fact]
    public void A_page_keeps_its_revision_beside_unknown_changes()
    {
        var page = EventReader.ReadPage(
            JsonElement.Parse("""{"changes":[{"type":"new","chat_id":"c","revision":8}],"revision":9,"has_more":true}""")
        );
        (page.Revision, page.HasMore, page.Changes.Length).ShouldBe((9, true, 1));
    }

    private static ChatEvent[] Read(string json) => [.. EventReader.ReadAll(JsonElement.Parse(json))];
}
