using Orleans.Chat.Grains.Chats;
using Orleans.Chat.Protocol;
using Orleans.Chat.Storage.Chats;

namespace Orleans.Chat.Grains.Tests.Chats;

/* Who may do what, all of it. The tables name what is allowed; every other combination must be refused. A direct chat allows nothing of this,
 * and the other three types the same. */
public sealed class ChatRulesTests
{
    private static readonly string[] Shared = [ChatTypes.Group, ChatTypes.Channel, ChatTypes.Broadcast];
    private static readonly string[] AllRoles = [Roles.Owner, Roles.Admin, Roles.Member, Roles.Guest];

    private static readonly string[] Post =
    [
        "everyone owner",
        "everyone admin",
        "everyone member",
        "everyone guest",
        "members owner",
        "members admin",
        "members member",
        "admins owner",
        "admins admin",
    ];

    private static readonly string[] Update = ["owner", "admin"];

    private static readonly string[] Delete = ["owner"];

    /// <summary>Who adds whom.</summary>
    private static readonly string[] Add = ["owner owner", "owner admin", "owner member", "owner guest", "admin member", "admin guest"];

    /// <summary>Who makes whom what.</summary>
    private static readonly string[] SetRole =
    [
        "owner owner owner",
        "owner owner admin",
        "owner owner member",
        "owner owner guest",
        "owner admin owner",
        "owner admin admin",
        "owner admin member",
        "owner admin guest",
        "owner member owner",
        "owner member admin",
        "owner member member",
        "owner member guest",
        "owner guest owner",
        "owner guest admin",
        "owner guest member",
        "owner guest guest",
        "admin member member",
        "admin member guest",
        "admin guest member",
        "admin guest guest",
    ];

    /// <summary>Who removes whom; everybody leaves.</summary>
    private static readonly string[] Remove = ["owner owner", "owner admin", "owner member", "owner guest", "admin member", "admin guest"];

    /// <summary>Who deletes others' messages for everyone; one's own everybody does, in a direct chat too.</summary>
    private static readonly string[] DeleteMessage = ["owner", "admin"];

    private static IEnumerable<string> Allowed(IEnumerable<(string Key, Problem? Refusal)> all)
    {
        var answers = all.ToArray();
        answers.Where(a => a.Refusal is not null).ShouldAllBe(a => a.Refusal!.Code == ProblemCodes.Forbidden);
        return answers.Where(a => a.Refusal is null).Select(a => a.Key);
    }

    [Fact]
    public void Posting_is_a_matter_of_who_can_post() =>
        Allowed(
                from who in (string[])[SettingValues.PostEveryone, SettingValues.PostMembers, SettingValues.PostAdmins]
                from role in AllRoles
                select ($"{who} {role}", ChatRules.MayPost(role, new ChatSettings { WhoCanPost = who }))
            )
            .ShouldBe(Post);

    [Fact]
    public void Each_type_shared_by_many_has_the_same_rules()
    {
        foreach (var type in Shared)
        {
            Allowed(from role in AllRoles select (role, ChatRules.MayUpdate(type, role))).ShouldBe(Update);
            Allowed(from role in AllRoles select (role, ChatRules.MayDelete(type, role))).ShouldBe(Delete);
            Allowed(from role in AllRoles from added in AllRoles select ($"{role} {added}", ChatRules.MayAdd(type, role, added)))
                .ShouldBe(Add);
            Allowed(
                    from role in AllRoles
                    from old in AllRoles
                    from to in AllRoles
                    select ($"{role} {old} {to}", ChatRules.MaySetRole(type, role, old, to))
                )
                .ShouldBe(SetRole);
            Allowed(
                    from role in AllRoles
                    from other in AllRoles
                    select ($"{role} {other}", ChatRules.MayRemove(type, role, other, oneself: false))
                )
                .ShouldBe(Remove);
            Allowed(from role in AllRoles select (role, ChatRules.MayRemove(type, role, role, oneself: true))).ShouldBe(AllRoles);
            Allowed(from role in AllRoles select (role, ChatRules.MayDeleteMessage(type, role, own: false))).ShouldBe(DeleteMessage);
            Allowed(from role in AllRoles select (role, ChatRules.MayDeleteMessage(type, role, own: true))).ShouldBe(AllRoles);
        }
    }

    [Fact]
    public void A_direct_chat_is_between_two_and_stays_so()
    {
        const string Direct = ChatTypes.Direct;
        foreach (var role in AllRoles)
        {
            ChatRules.MayUpdate(Direct, role).ShouldNotBeNull();
            ChatRules.MayDelete(Direct, role).ShouldNotBeNull();
            ChatRules.MayRemove(Direct, role, role, oneself: true).ShouldNotBeNull();
            ChatRules.MayDeleteMessage(Direct, role, own: false).ShouldNotBeNull();
            ChatRules.MayDeleteMessage(Direct, role, own: true).ShouldBeNull();
            foreach (var other in AllRoles)
            {
                ChatRules.MayAdd(Direct, role, other).ShouldNotBeNull();
                ChatRules.MayRemove(Direct, role, other, oneself: false).ShouldNotBeNull();
                foreach (var to in AllRoles)
                    ChatRules.MaySetRole(Direct, role, other, to).ShouldNotBeNull();
            }
        }
    }

    [Theory]
    [InlineData(ChatTypes.Direct, "everyone", "joined", "private")]
    [InlineData(ChatTypes.Group, "everyone", "joined", "private")]
    [InlineData(ChatTypes.Channel, "members", "all", "public")]
    [InlineData(ChatTypes.Broadcast, "admins", "all", "public")]
    public void A_type_has_its_settings(string type, string whoCanPost, string history, string visibility)
    {
        var settings = ChatRules.Defaults(type, null);

        (settings.WhoCanPost, settings.History, settings.Visibility, settings.SlowModeS, settings.E2ee).ShouldBe(
            (whoCanPost, history, visibility, 0, false)
        );
        ChatRules.Defaults(type, new ChatSettings { SlowModeS = 3 }).ShouldBe(settings with { SlowModeS = 3 });
        ChatRules.Merge(settings, new ChatSettings { WhoCanPost = "admins" }).ShouldBe(settings with { WhoCanPost = "admins" });
        ChatRules.Merge(settings, null).ShouldBe(settings);
    }

    [Theory]
    [InlineData("guest:1 member:3 member:2 admin:9", "admin:9")]
    [InlineData("guest:1 member:3 member:2", "member:2")]
    [InlineData("guest:2 guest:1", "guest:1")]
    [InlineData("", null)]
    public void The_heir_is_the_longest_standing_of_the_highest_role(string others, string? heir)
    {
        var members = others.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(Member);

        ChatRules.Heir(members)?.UserId.ShouldBe(heir);
        (ChatRules.Heir(members) is null).ShouldBe(heir is null);

        static ChatMember Member(string text) =>
            new(
                new MemberRow
                {
                    UserId = text,
                    Role = text[..text.IndexOf(':', StringComparison.Ordinal)],
                    JoinedAt = DateTimeOffset.UnixEpoch.AddDays(text[^1] - '0'),
                    JoinedSeq = 0,
                }
            );
    }
}
