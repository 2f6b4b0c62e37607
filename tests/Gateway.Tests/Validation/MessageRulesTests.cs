using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Validation;

public sealed class MessageRulesTests
{
    private const string Caller = "alice";
    private const string Uuid = "01890a5d-ac96-774b-bcce-b302099a8057";
    private static readonly LimitOptions Limits = new();
    private static readonly SendMessage Good = new()
    {
        ChatId = "chat-1",
        Content = "hello",
        Type = "text",
        MessageId = Uuid,
    };

    [Fact]
    public void A_good_message_passes_with_what_the_chat_needs_of_its_metadata()
    {
        var metadata = $$$"""{"mentions":["bob","carol"],"reply_to":"{{{Uuid}}}","thread_id":null,"mine":{"a":1}}""";
        var message = MessageRules.Send(Good with { Metadata = new MetadataJson(metadata) }, Caller, Limits);

        message.Problem.ShouldBeNull();
        message.Value!.Mentions.ShouldBe(["bob", "carol"]);
        message.Value.ReplyTo.ShouldBe(Uuid);
        message.Value.ThreadId.ShouldBeNull();
        message.Value.Metadata!.Json.ShouldBe(metadata);
    }

    [Fact]
    public void How_metadata_was_written_makes_no_other_message()
    {
        var spaced = WithMetadata("{ \"b\" : [ 1.50, \"\\u00e9\\/\" ],\n \"a\" : null }");
        MessageRules.Send(spaced, Caller, Limits).Value!.Metadata!.Json.ShouldBe("""{"b":[1.50,"é/"],"a":null}""");
    }

    [Fact]
    public void A_missing_message_id_is_made()
    {
        Ids.IsUuid(MessageRules.Send(Good with { MessageId = null }, Caller, Limits).Value!.MessageId).ShouldBeTrue();
    }

    public static TheoryData<string, SendMessage> BadFields =>
        new()
        {
            { "chat_id", Good with { ChatId = null } },
            { "chat_id", Good with { ChatId = "" } },
            { "chat_id", Good with { ChatId = new string('a', 37) } },
            { "chat_id", Good with { ChatId = "-a" } },
            { "chat_id", Good with { ChatId = "a b" } },
            { "chat_id", Good with { ChatId = "é" } },
            { "content", Good with { Content = null } },
            { "content", Good with { Content = "" } },
            { "content", Good with { Content = "a\0b" } },
            { "content", Good with { Content = "a\ud800b" } },
            { "content", Good with { Content = "\udc00" } },
            { "type", Good with { Type = null } },
            { "type", Good with { Type = "" } },
            { "type", Good with { Type = "system" } },
            { "type", Good with { Type = "TEXT" } },
            { "message_id", Good with { MessageId = "" } },
            { "message_id", Good with { MessageId = "not-a-uuid" } },
            { "message_id", Good with { MessageId = Uuid.Replace("-", "", StringComparison.Ordinal) } },
            { "message_id", Good with { MessageId = "{" + Uuid + "}" } },
            { "sender_id", Good with { SenderId = "a b" } },
            { "metadata.mentions", WithMetadata("""{"mentions":"bob"}""") },
            { "metadata.mentions", WithMetadata("""{"mentions":[1]}""") },
            { "metadata.mentions", WithMetadata("""{"mentions":["a b"]}""") },
            { "metadata.reply_to", WithMetadata("""{"reply_to":5}""") },
            { "metadata.reply_to", WithMetadata("""{"reply_to":"x"}""") },
            { "metadata.thread_id", WithMetadata("""{"thread_id":["x"]}""") },
            { "metadata.attachment_ids", WithMetadata("""{"attachment_ids":{}}""") },
            { "metadata.signature", WithMetadata("""{"signature":1}""") },
            { "metadata.a.b[1]", WithMetadata("""{"a":{"b":["x","\u0000"]}}""") },
            { "metadata.a", WithMetadata("""{"a":"\ud800"}""") },
            { "metadata", WithMetadata("""{"a":[1,-1e999]}""") },
            { "metadata", WithMetadata($$"""{"a":"{{new string('x', 8 * 1024)}}"}""") },
        };

    [Theory, MemberData(nameof(BadFields))]
    public void A_bad_field_is_told_by_its_name(string field, SendMessage request)
    {
        var problem = MessageRules.Send(request, Caller, Limits).Problem;

        problem!.Code.ShouldBe(ProblemCodes.ValidationFailed);
        problem.Errors!.Keys.ShouldBe([field]);
    }

    [Fact]
    public void All_errors_are_told_at_once()
    {
        var problem = MessageRules
            .Send(new SendMessage { MessageId = "x", Metadata = new MetadataJson("""{"mentions":1}""") }, Caller, Limits)
            .Problem;

        problem!.Errors!.Keys.ShouldBe(["chat_id", "content", "type", "message_id", "metadata.mentions"], ignoreOrder: true);
    }

    [Theory, InlineData(16_000, true), InlineData(16_001, false)]
    public void A_content_is_at_most_16000_code_units(int length, bool good)
    {
        var problem = MessageRules.Send(Good with { Content = new string('x', length) }, Caller, Limits).Problem;

        problem?.Code.ShouldBe(ProblemCodes.TooLarge);
        (problem is null).ShouldBe(good);
    }

    [Fact]
    public void Metadata_of_exactly_8_KB_passes()
    {
        var json = $$"""{"a":"{{new string('x', (8 * 1024) - 8)}}"}""";
        json.Length.ShouldBe(8 * 1024);
        MessageRules.Send(WithMetadata(json), Caller, Limits).Problem.ShouldBeNull();
    }

    [Fact]
    public void Anothers_name_is_forbidden_and_ones_own_is_not()
    {
        MessageRules.Send(Good with { SenderId = "bob" }, Caller, Limits).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);
        MessageRules.Send(Good with { SenderId = Caller }, Caller, Limits).Problem.ShouldBeNull();
    }

    [Theory, InlineData("image"), InlineData("file"), InlineData("voice"), InlineData("call")]
    public void What_carries_no_text_may_have_none(string type)
    {
        MessageRules.Send(Good with { Type = type, Content = null }, Caller, Limits).Value!.Content.ShouldBe("");
    }

    [Theory, InlineData(" "), InlineData("\u2028\ud83d\ude00"), InlineData("a\u0001b")]
    public void Text_is_anything_that_can_be_stored(string content)
    {
        MessageRules.Send(Good with { Content = content }, Caller, Limits).Value!.Content.ShouldBe(content);
    }

    [Theory]
    [InlineData(null, "emoji")]
    [InlineData("", "emoji")]
    [InlineData("  ", "emoji")]
    [InlineData("123456789012345678901234567890123", "emoji")]
    [InlineData("👍", null)]
    public void An_emoji_has_1_to_32_units(string? emoji, string? field)
    {
        var problem = MessageRules.React(
            new React
            {
                ChatId = "c",
                MessageId = Uuid,
                Emoji = emoji,
            }
        );
        (problem?.Errors!.Keys.Single()).ShouldBe(field);
    }

    [Theory]
    [InlineData(0, "limit")]
    [InlineData(201, "limit")]
    [InlineData(-1, "limit")]
    [InlineData(1, null)]
    [InlineData(200, null)]
    public void A_limit_is_1_to_200(int limit, string? field)
    {
        var page = MessageRules.Page(new Errors(), null, null, null, null, limit, Limits);
        (page.Problem?.Errors!.Keys.Single()).ShouldBe(field);
    }

    [Theory]
    [InlineData("x", null, null, null, "before")]
    [InlineData(null, "x", null, null, "after")]
    [InlineData(null, null, "x", null, "around")]
    [InlineData(null, null, null, "nothing", "type")]
    [InlineData(Uuid, Uuid, null, null, "after")]
    [InlineData(Uuid, null, Uuid, null, "around")]
    [InlineData(null, null, Uuid, "all", null)]
    [InlineData(null, Uuid, null, "system", null)]
    public void A_page_has_one_cursor(string? before, string? after, string? around, string? type, string? field)
    {
        var page = MessageRules.Page(new Errors(), before, after, around, type, null, Limits);
        (page.Problem?.Errors!.Keys.Single()).ShouldBe(field);
    }

    [Fact]
    public void Entries_of_an_acknowledgement_are_told_by_place()
    {
        var problem = MessageRules.Acknowledge([
            new Acknowledge { ChatId = "c", ReadSeq = 1 },
            null,
            new Acknowledge { ChatId = "!", ReadSeq = -1 },
            new Acknowledge { ChatId = "c" },
        ]);
        problem!.Errors!.Keys.ShouldBe(["[1]", "[2].chat_id", "[2].read_seq", "[3]"], ignoreOrder: true);
    }

    [Theory, InlineData("everyone", true), InlineData("me", true), InlineData(null, true), InlineData("all", false), InlineData("", false)]
    public void A_deletion_is_for_everyone_or_me(string? who, bool good)
    {
        (
            MessageRules.Delete(
                new DeleteMessage
                {
                    ChatId = "c",
                    MessageId = Uuid,
                    For = who,
                }
            )
            is null
        ).ShouldBe(good);
    }

    [Fact]
    public void An_edit_and_typing_need_their_fields()
    {
        MessageRules
            .Edit(new EditMessage(), Limits)
            .Problem!.Errors!.Keys.ShouldBe(["chat_id", "message_id", "content"], ignoreOrder: true);
        MessageRules.Typing(new Typing())!.Errors!.Keys.ShouldBe(["chat_id", "is_typing"], ignoreOrder: true);
    }

    private static SendMessage WithMetadata(string json) => Good with { Metadata = new MetadataJson(json) };
}
