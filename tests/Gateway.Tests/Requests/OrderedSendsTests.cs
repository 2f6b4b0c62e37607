using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Requests;

public sealed class OrderedSendsTests
{
    private readonly List<(string Chat, NewMessage[] Messages, TaskCompletionSource<Outcome<SentMessage>[]> Answer)> _calls = [];
    private readonly OrderedSends _sends;

    public OrderedSendsTests() => _sends = new OrderedSends((chat, _, messages) => Call(chat, messages), maxWaiting: 100);

    [Fact]
    public async Task What_comes_while_a_call_is_on_its_way_waits_and_goes_together_in_order()
    {
        var answers = Enumerable.Range(0, 5).Select(i => Send("c", i)).ToArray();

        _calls.Count.ShouldBe(1);
        Contents(0).ShouldBe(["0"]);
        Commit(0);
        await WaitForCalls(2);
        Contents(1).ShouldBe(["1", "2", "3", "4"]);
        Commit(1);

        var sent = await Task.WhenAll(answers);
        sent.Select(s => s.Value!.MessageId).ShouldBe(["0", "1", "2", "3", "4"]);
    }

    [Fact]
    public void Chats_and_connections_do_not_wait_for_each_other()
    {
        _ = Send("c", 0);
        _ = Send("d", 0);
        _ = Send("c", 1, connection: "other");

        _calls.Count.ShouldBe(3);
    }

    [Fact]
    public async Task A_batch_has_at_most_64()
    {
        var answers = Enumerable.Range(0, 80).Select(i => Send("c", i)).ToArray();
        Commit(0);
        await WaitForCalls(2);
        _calls[1].Messages.Length.ShouldBe(OrderedSends.MaxBatch);
        Commit(1);
        await WaitForCalls(3);
        _calls[2].Messages.Length.ShouldBe(15);
        Commit(2);
        (await Task.WhenAll(answers)).ShouldAllBe(a => a.Ok);
    }

    [Fact]
    public async Task Beyond_the_bound_a_send_is_overloaded_and_those_before_are_not()
    {
        var answers = Enumerable.Range(0, 101).Select(i => Send("c", i)).ToArray();
        var over = await Send("c", 101);

        over.Problem!.Code.ShouldBe(ProblemCodes.Overloaded);
        answers.ShouldAllBe(a => !a.IsCompleted);
    }

    [Fact]
    public async Task A_call_that_failed_for_good_fails_those_behind_it_and_the_next_begins_afresh()
    {
        var first = Send("c", 0);
        var second = Send("c", 1);
        _calls[0].Answer.SetResult([Faults.Unavailable]);

        (await first).Problem!.Code.ShouldBe(ProblemCodes.Unavailable);
        (await second).Problem!.Code.ShouldBe(ProblemCodes.Unavailable);
        await Eventually(() =>
        {
            _ = Send("c", 2);
            return _calls.Count == 2;
        });
        Contents(1).ShouldBe(["2"]);
    }

    [Fact]
    public async Task A_refusal_fails_nobody_else()
    {
        var first = Send("c", 0);
        var second = Send("c", 1);
        _calls[0].Answer.SetResult([Problem.Forbidden("no")]);
        await WaitForCalls(2);
        Commit(1);

        (await first).Problem!.Code.ShouldBe(ProblemCodes.Forbidden);
        (await second).Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_fault_is_thrown_to_its_senders_only()
    {
        var first = Send("c", 0);
        var second = Send("c", 1);
        _calls[0].Answer.SetException(new InvalidDataException());
        await Should.ThrowAsync<InvalidDataException>(first);
        await WaitForCalls(2);
        Commit(1);
        (await second).Ok.ShouldBeTrue();
    }

    private Task<Outcome<SentMessage>> Send(string chat, int number, string connection = "k") =>
        _sends.SendAsync(connection, "alice", chat, Message(number));

    internal static NewMessage Message(int number) =>
        new()
        {
            MessageId = $"{number}",
            Content = $"{number}",
            Type = "text",
        };

    internal static Outcome<SentMessage> Sent(NewMessage message, int seq = 1) =>
        new SentMessage
        {
            MessageId = message.MessageId,
            ChatId = "c",
            Seq = seq,
            Revision = seq,
            CreatedAt = DateTimeOffset.UnixEpoch,
        };

    private IEnumerable<string> Contents(int call) => _calls[call].Messages.Select(m => m.Content);

    private void Commit(int call) => _calls[call].Answer.SetResult([.. _calls[call].Messages.Select(m => Sent(m))]);

    private Task<Outcome<SentMessage>[]> Call(string chat, NewMessage[] messages)
    {
        var answer = new TaskCompletionSource<Outcome<SentMessage>[]>();
        lock (_calls)
            _calls.Add((chat, messages, answer));
        return answer.Task;
    }

    private Task WaitForCalls(int count) => Eventually(() => _calls.Count >= count);

    private static async Task Eventually(Func<bool> condition)
    {
        for (var i = 0; i < 500 && !condition(); i++)
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        condition().ShouldBeTrue();
    }
}
