using System.Reflection;
using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Grains.Tests.Chats;

public sealed class ContentRulesTests
{
    /// <summary>Every name on the wire that there is, whether or not somebody thought of the sets.</summary>
    public static TheoryData<string> Types =>
        [
            .. typeof(MessageTypes)
                .GetFields(BindingFlags.Public | BindingFlags.Static)
                .Where(f => f.IsLiteral)
                .Select(f => (string)f.GetRawConstantValue()!),
        ];

    [Theory, MemberData(nameof(Types))]
    public void A_type_is_listed_and_can_be_sent_unless_the_server_alone_makes_it(string type)
    {
        MessageTypes.All.ShouldContain(type);
        MessageTypes.Sendable.Contains(type).ShouldBe(type != MessageTypes.System);
        (ContentRules.Check(type, "something") is null).ShouldBe(type != MessageTypes.System);
    }

    [Theory, MemberData(nameof(Types))]
    public void A_content_is_bounded_and_empty_only_where_something_else_is_shown(string type)
    {
        ContentRules.Check(type, new string('x', ContentRules.MaxContent + 1))!.Code.ShouldBe(ProblemCodes.TooLarge);
        (ContentRules.Check(type, "") is null).ShouldBe(MessageTypes.MayBeEmpty.Contains(type));
    }

    [Fact]
    public void A_type_that_is_not_listed_is_refused() =>
        ContentRules.Check("hologram", "something")!.Code.ShouldBe(ProblemCodes.ValidationFailed);

    /// <summary>They are stored: another way to make them would take repeats of what is there for conflicts. Made by hand, with Python's hashlib.</summary>
    [Theory]
    [InlineData("Grüße 🌍", """{"a":1}""", "4b16e82b1da97ecd6a25ba50dabaf318")]
    [InlineData("x", null, "fceb3d19050e75a99cdea678b19823b9")]
    public void A_fingerprint_stays_what_it_was(string content, string? metadata, string expected)
    {
        var message = new NewMessage
        {
            MessageId = "m",
            Type = MessageTypes.Text,
            Content = content,
            Metadata = metadata is null ? null : new MetadataJson(metadata),
        };
        Convert.ToHexStringLower(ContentRules.Fingerprint("anna", message)).ShouldBe(expected);
    }
}
