using Orleans.Chat.Check.Generating;

namespace Orleans.Chat.Check.Tests;

/* What looks wrong and is not, each in as few lines as it takes. */
public sealed class LegalInterleavingTests
{
    private long _t;

    [Fact]
    public void A_push_may_come_before_the_answer() => Held(Invoke("m"), Push("m", 1, 1), Ack("m", 1, 1), Row("m", 1), Head(1));

    [Fact]
    public void What_is_unknown_may_be_there_or_not_also_much_later() =>
        Held(
            Invoke("m"),
            Answer("unknown", "m"),
            Invoke("n"),
            Answer("unknown", "n"),
            Invoke("o"),
            Ack("o", 1, 1),
            Push("m", 2, 2, client: "b"),
            Row("o", 1),
            Row("m", 2),
            Head(2)
        );

    [Fact]
    public void A_refusal_says_nothing_of_other_attempts() =>
        Held(Invoke("m"), Answer("unknown", "m"), Invoke("m"), Answer("fail", "m"), Push("m", 1, 1, client: "b"), Row("m", 1), Head(1));

    [Fact]
    public void What_was_refused_may_be_sent_again_and_takes_its_place_then() =>
        Held(Invoke("m"), Answer("fail", "m"), Invoke("n"), Ack("n", 1, 1), Invoke("m"), Ack("m", 2, 2), Row("n", 1), Row("m", 2), Head(2));

    [Fact]
    public void A_repeat_is_answered_again() => Held(Invoke("m"), Invoke("m"), Ack("m", 1, 1), Ack("m", 1, 1), Row("m", 1), Head(1));

    [Fact]
    public void A_change_may_be_pushed_while_older_ones_are_asked_for() =>
        Held(
            Push("m", 1, 5),
            Invoke("x"),
            Line("resume") with
            {
                ChatId = "c",
                Revision = 5,
            },
            Push("n", 2, 6),
            // Written after the push, asked for before it.
            Line("resume") with
            {
                ChatId = "c",
                Revision = 5,
            },
            Push("o", 3, 7)
        );

    [Fact]
    public void A_page_of_changes_tells_a_message_once_where_it_was_changed_last() =>
        Held(
            Invoke("m"),
            Ack("m", 1, 1),
            Invoke("n"),
            Ack("n", 2, 2),
            Edit("edit", "m", "h1"),
            Edit("edit_ack", "m", null) with
            {
                Revision = 3,
            },
            Line("resume", "b") with
            {
                ChatId = "c",
                Revision = 0,
            },
            Push("n", 2, 2, client: "b") with
            {
                Via = "changes",
            },
            Push("m", 1, 3, client: "b") with
            {
                Via = "changes",
                Kind = "edited",
                Hash = "h1",
            },
            Line("page", "b") with
            {
                ChatId = "c",
                Revision = 3,
            },
            Row("m", 1) with
            {
                Hash = "h1",
                Revision = 3,
            },
            Row("n", 2),
            Head(2, 3),
            Line("at_end", "b") with
            {
                ChatId = "c",
                Revision = 3,
            }
        );

    [Fact]
    public void An_open_edit_may_have_come_last() =>
        Held(
            Invoke("m"),
            Ack("m", 1, 1),
            Edit("edit", "m", "h1"),
            Edit("edit_ack", "m", null) with
            {
                Revision = 2,
            },
            Edit("edit", "m", "h2"),
            Row("m", 1) with
            {
                Hash = "h2",
            },
            Head(1)
        );

    [Fact]
    public void A_reading_that_began_before_the_deletion_may_show_what_was_there() =>
        Held(
            Invoke("m"),
            Ack("m", 1, 1),
            Line("read") with
            {
                ChatId = "c",
                ReadId = "r",
            },
            Edit("delete", "m", null),
            Edit("delete_ack", "m", null) with
            {
                Revision = 2,
            },
            Push("m", 1, 1) with
            {
                Via = "history",
                Applied = false,
            },
            Line("read_end") with
            {
                ChatId = "c",
                ReadId = "r",
                UpToSeq = 1,
            }
        );

    [Fact]
    public void Who_came_back_sees_more_before_its_admin_has_the_answer() =>
        Held(
            Line("connect") with
            {
                UserId = "u",
            },
            Member("left", 2, 1),
            Line("event") with
            {
                ChatId = "c",
                Revision = 9,
                Kind = "member",
                Via = "push",
                Applied = true,
            },
            Push("m", 5, 10),
            Member("joined", 9, 4),
            Push("n", 6, 11)
        );

    [Fact]
    public void A_killed_client_is_not_there_though_it_never_said_so() =>
        Held(
            Line("presence_set", "b") with
            {
                UserId = "v",
                State = "online",
            },
            Line("presence") with
            {
                UserId = "v",
                State = "offline",
            },
            Line("connect") with
            {
                T = 1_000_000_000_000,
                UserId = "u",
            },
            Line("event") with
            {
                T = 1_000_000_000_001,
                ChatId = "c",
                Revision = 9,
                Kind = "other",
                Via = "push",
                Applied = true,
            }
        );

    private static void Held(params GeneratedLine[] lines) => new MadeHistory(lines).Violations().ShouldBeEmpty();

    private GeneratedLine Line(string type, string client = "a") => new(++_t, type, client);

    private GeneratedLine Invoke(string message) => Line("invoke") with { ChatId = "c", MessageId = message, UserId = "u", Hash = "h" };

    private GeneratedLine Ack(string message, long seq, long revision) =>
        Line("ack") with
        {
            ChatId = "c",
            MessageId = message,
            Seq = seq,
            Revision = revision,
        };

    private GeneratedLine Answer(string type, string message) =>
        Line(type) with
        {
            ChatId = "c",
            MessageId = message,
            Code = "unavailable",
        };

    private GeneratedLine Edit(string type, string message, string? hash) =>
        Line(type) with
        {
            ChatId = "c",
            MessageId = message,
            Hash = hash,
        };

    private GeneratedLine Push(string message, long seq, long revision, string client = "a") =>
        Line("event", client) with
        {
            ChatId = "c",
            MessageId = message,
            Seq = seq,
            Revision = revision,
            Kind = "message",
            Via = "push",
            SenderId = "u",
            Hash = "h",
            Applied = true,
        };

    private GeneratedLine Member(string change, long revision, long seq) =>
        Line("member", "admin") with
        {
            ChatId = "c",
            UserId = "u",
            Change = change,
            Revision = revision,
            Seq = seq,
        };

    private GeneratedLine Row(string message, long seq) =>
        Line("final", "reader") with
        {
            ChatId = "c",
            MessageId = message,
            Seq = seq,
            Revision = seq,
            SenderId = "u",
            Hash = "h",
        };

    private GeneratedLine Head(long seq, long? revision = null) =>
        Line("head", "reader") with
        {
            ChatId = "c",
            Seq = seq,
            Revision = revision ?? seq,
        };
}
