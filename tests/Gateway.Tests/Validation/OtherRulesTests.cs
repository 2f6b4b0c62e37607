using System.Text;
using Orleans.Chat.Gateway.Http;
using Orleans.Chat.Gateway.Validation;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Validation;

public sealed class OtherRulesTests
{
    private static readonly LimitOptions Limits = new();
    private static readonly Register Registration = new()
    {
        UserId = "alice",
        DisplayName = "Alice",
        Password = "12345678",
    };
    private static readonly CreateChat Group = new() { Type = "group", MemberIds = ["bob"] };

    public static TheoryData<string?, Register> Registrations =>
        new()
        {
            { null, Registration },
            { null, Registration with { Password = new string('p', 256) } },
            { null, Registration with { DisplayName = new string('n', 255) } },
            { "user_id", Registration with { UserId = null } },
            { "user_id", Registration with { UserId = "a/b" } },
            { "user_id", Registration with { UserId = "me" } },
            { "display_name", Registration with { DisplayName = null } },
            { "display_name", Registration with { DisplayName = "" } },
            { "display_name", Registration with { DisplayName = " " } },
            { "display_name", Registration with { DisplayName = new string('n', 256) } },
            { "password", Registration with { Password = null } },
            { "password", Registration with { Password = "1234567" } },
            { "password", Registration with { Password = new string('p', 257) } },
            { "password", Registration with { Password = "1234567\0" } },
            { "device_name", Registration with { DeviceName = new string('d', 256) } },
        };

    [Theory, MemberData(nameof(Registrations))]
    public void Registering(string? field, Register request) => FieldOf(AccountRules.Register(request)).ShouldBe(field);

    public static TheoryData<string?, CreateChat> Chats =>
        new()
        {
            { null, Group },
            { null, Group with { MemberIds = null } },
            { null, Group with { Type = "direct" } },
            { null, Group with { Type = "direct", MemberIds = ["alice", "bob", "bob"] } },
            {
                null,
                Group with
                {
                    Type = "channel",
                    Settings = new ChatSettings { Visibility = "public" },
                }
            },
            { "type", Group with { Type = null } },
            { "type", Group with { Type = "party" } },
            { "chat_id", Group with { ChatId = "d-1" } },
            { "chat_id", Group with { ChatId = "" } },
            { "name", Group with { Name = new string('n', 256) } },
            { "name", Group with { Name = "" } },
            { "member_ids", Group with { MemberIds = ["b b"] } },
            { "member_ids", Group with { MemberIds = [null!] } },
            { "member_ids", Group with { MemberIds = [.. Enumerable.Range(0, 1_001).Select(i => $"u{i}")] } },
            { "member_ids", Group with { Type = "direct", MemberIds = [] } },
            { "member_ids", Group with { Type = "direct", MemberIds = ["alice"] } },
            { "member_ids", Group with { Type = "direct", MemberIds = ["bob", "carol"] } },
            { "metadata", Group with { Metadata = new MetadataJson("{\"a\":\"" + new string('x', 9_000) + "\"}") } },
            { "settings.slow_mode_s", Group with { Settings = new ChatSettings { SlowModeS = -1 } } },
            { "settings.message_ttl_s", Group with { Settings = new ChatSettings { MessageTtlS = 0 } } },
            { "settings.who_can_post", Group with { Settings = new ChatSettings { WhoCanPost = "nobody" } } },
            { "settings.history", Group with { Settings = new ChatSettings { History = "some" } } },
            { "settings.visibility", Group with { Settings = new ChatSettings { Visibility = "public" } } },
            { "settings.visibility", Group with { Settings = new ChatSettings { Visibility = "half" } } },
        };

    [Theory, MemberData(nameof(Chats))]
    public void Creating(string? field, CreateChat request) => FieldOf(ChatRequestRules.Create(request, "alice", Limits)).ShouldBe(field);

    [Fact]
    public void Other_requests()
    {
        FieldOf(AccountRules.Refresh(new RefreshTokens())).ShouldBe("refresh_token");
        FieldOf(AccountRules.Login(new Login { UserId = "a" })).ShouldBe("password");
        AccountRules.Login(new Login { UserId = "a", Password = "x" }).ShouldBeNull();
        FieldOf(AccountRules.Update(new UpdateUser { StatusText = new string('s', 256) })).ShouldBe("status_text");
        FieldOf(AccountRules.Update(new UpdateUser { Privacy = new Privacy { LastSeen = "some" } })).ShouldBe("privacy.last_seen");
        FieldOf(AccountRules.SetPresence(new SetPresence { Status = "offline" })).ShouldBe("status");
        FieldOf(AccountRules.WatchPresence(new WatchPresence(), Limits)).ShouldBe("user_ids");
        FieldOf(AccountRules.WatchPresence(new WatchPresence { UserIds = [.. Enumerable.Range(0, 501).Select(i => $"u{i}")] }, Limits))
            .ShouldBe("user_ids");
        FieldOf(AccountRules.Search(new Errors(), null, null, Limits)).ShouldBe("query");
        FieldOf(ChatRequestRules.SetMember(new SetMember { Role = "king" })).ShouldBe("role");
        FieldOf(ChatRequestRules.Changes(new Errors(), new GetChanges { ChatId = "c", AfterRevision = -1 }, Limits))
            .ShouldBe("after_revision");
        FieldOf(ChatRequestRules.Sync(new SyncRequest { Since = "" })).ShouldBe("since");
    }

    [Theory]
    [InlineData("", "body")]
    [InlineData("null", "body")]
    [InlineData("{", "body")]
    [InlineData("[]", "body")]
    [InlineData("""{"content":5}""", "content")]
    [InlineData("""{"metadata":[]}""", "metadata")]
    [InlineData("""{"unknown":"\u0000"}""", "unknown")]
    [InlineData("""{"content":"\ud800"}""", "content")]
    [InlineData("""{"x":[1,{"y":"\udc00\ud800"}]}""", "x[1].y")]
    [InlineData("""{"content":"\ud83d\ude00","more":1,"type":null}""", null)]
    public void A_body_is_parsed_or_told_where_it_is_wrong(string json, string? field) =>
        FieldOf(JsonBody.Parse<SendMessage>(Encoding.UTF8.GetBytes(json)).Problem).ShouldBe(field);

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused() =>
        FieldOf(JsonBody.Parse<SendMessage>([.. "{\"content\":\""u8, 0xc3, 0x28, .. "\"}"u8]).Problem).ShouldBe("body");

    private static string? FieldOf(Problem? problem) => problem?.Errors!.Keys.Single();
}
