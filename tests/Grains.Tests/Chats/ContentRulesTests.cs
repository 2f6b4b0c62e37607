using System.Reflection;
using Orleans.Chat.Grains.Chats;
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
}
