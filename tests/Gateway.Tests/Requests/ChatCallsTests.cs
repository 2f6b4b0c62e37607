using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Gateway.Requests;
using Orleans.Chat.Grains.Interfaces.Chats;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Gateway.Tests.Requests;

public sealed class ChatCallsTests : IDisposable
{
    private readonly FakeTimeProvider _time = new() { AutoAdvanceAmount = TimeSpan.Zero };
    private readonly ServiceProvider _services = new ServiceCollection().AddMetrics().BuildServiceProvider();
    private readonly ChatCalls _calls;
    private readonly List<string[]> _tries = [];

    public ChatCallsTests() => _calls = new ChatCalls(null!, new GatewayMetrics(_services.GetRequiredService<IMeterFactory>()), _time);

    public void Dispose() => _services.Dispose();

    [Fact]
    public async Task A_retry_is_repeated_at_once_with_the_same_ids()
    {
        var answers = await Send(2, (n, m) => n == 1 ? Repeat(m) : Good(m));

        answers.ShouldAllBe(a => a.Ok);
        _tries.ShouldBe([
            ["0", "1"],
            ["0", "1"],
        ]);
    }

    [Fact]
    public async Task Only_what_is_open_is_repeated()
    {
        var answers = await Send(
            3,
            (n, m) =>
                n == 1
                    ? Task.FromResult<Outcome<SentMessage>[]>([OrderedSendsTests.Sent(m[0]), Problem.Forbidden("no"), Problem.Repeat("x")])
                    : Good(m)
        );

        _tries[1].ShouldBe(["2"]);
        answers[0].Ok.ShouldBeTrue();
        answers[1].Problem!.Code.ShouldBe(ProblemCodes.Forbidden);
        answers[2].Ok.ShouldBeTrue();
    }

    [Fact]
    public async Task A_repeat_that_is_refused_does_not_tell_that_the_first_try_had_no_effect()
    {
        var answers = await Send(1, (n, m) => n == 1 ? Repeat(m) : Task.FromResult<Outcome<SentMessage>[]>([Problem.NotFound]));

        _tries.Count.ShouldBe(2);
        answers[0].Problem!.Code.ShouldBe(ProblemCodes.Unavailable);
    }

    [Fact]
    public async Task A_silo_that_does_not_answer_costs_one_and_a_half_seconds_a_try_and_the_outcome_is_unavailable()
    {
        var sending = Send(1, (_, _) => new TaskCompletionSource<Outcome<SentMessage>[]>().Task);
        var waited = TimeSpan.Zero;
        while (!sending.IsCompleted && waited < TimeSpan.FromSeconds(10))
        {
            _time.Advance(TimeSpan.FromMilliseconds(100));
            waited += TimeSpan.FromMilliseconds(100);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        (await sending)[0].Problem!.Code.ShouldBe(ProblemCodes.Unavailable);
        _tries.Count.ShouldBe(3);
        waited.ShouldBeInRange(TimeSpan.FromSeconds(4.4), TimeSpan.FromSeconds(6));
    }

    [Fact]
    public async Task A_fault_of_the_cluster_is_repeated_and_a_bug_is_not()
    {
        var answers = await Send(1, (n, m) => n == 1 ? throw new SiloUnavailableException() : Good(m));
        answers[0].Ok.ShouldBeTrue();

        await Should.ThrowAsync<InvalidDataException>(Send(1, (_, _) => throw new InvalidDataException()));
    }

    [Fact]
    public async Task A_call_that_may_have_had_an_effect_is_not_repeated()
    {
        var tries = 0;
        var unknown = await _calls.AskAsync<Done>(_ => Throw(++tries));
        unknown.Problem!.Code.ShouldBe(ProblemCodes.Unavailable);
        tries.ShouldBe(1);

        static Task<Outcome<Done>> Throw(int _) => throw new TimeoutException();
    }

    private Task<Outcome<SentMessage>[]> Send(int count, Func<int, NewMessage[], Task<Outcome<SentMessage>[]>> chat) =>
        _calls.SendAsync(
            m =>
            {
                _tries.Add([.. m.Select(x => x.MessageId)]);
                return chat(_tries.Count, m);
            },
            [.. Enumerable.Range(0, count).Select(OrderedSendsTests.Message)]
        );

    private static Task<Outcome<SentMessage>[]> Good(NewMessage[] messages) =>
        Task.FromResult<Outcome<SentMessage>[]>([.. messages.Select(m => OrderedSendsTests.Sent(m))]);

    private static Task<Outcome<SentMessage>[]> Repeat(NewMessage[] messages) =>
        Task.FromResult<Outcome<SentMessage>[]>([.. messages.Select(_ => (Outcome<SentMessage>)Problem.Repeat("moved"))]);
}
