using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;
using Orleans.Chat.Client.Sync;
using Orleans.Chat.Protocol;

namespace Orleans.Chat.Client.Tests.Sync;

public sealed class OutboxTests : IDisposable
{
    private readonly FakeSender _sender = new();
    private Outbox? _outbox;

    public void Dispose() => _outbox?.Dispose();

    [Fact]
    public async Task Messages_of_a_chat_go_in_order_through_any_faults_and_each_is_stored_once()
    {
        var random = new Random(3);
        _sender.Decide = (_, attempt) =>
            (attempt % 7 == 0 ? 0 : random.Next(6)) switch
            {
                1 => TestData.Refusal(ProblemCodes.Overloaded),
                2 => TestData.Refusal(ProblemCodes.RateLimited, 0),
                3 => new ChatDisconnectedException("before", inFlight: false),
                _ => null,
            };
        _sender.LoseAnswer = _ => random.Next(5) == 0;
        var outbox = Make(strikes: 1_000);
        var messages = Enumerable.Range(0, 60).Select(i => TestData.Text(i % 2 == 0 ? "a" : "b", $"{i}")).ToArray();
        var answers = await Task.WhenAll(messages.Select(message => outbox.Add(message)));

        foreach (var chat in (string[])["a", "b"])
        {
            var mine = messages.Where(message => message.ChatId == chat).ToArray();
            _sender.Log(chat).ShouldBe(mine.Select(message => message.MessageId!));
            answers
                .Where(answer => answer.ChatId == chat)
                .Select(answer => answer.Seq)
                .ShouldBe(Enumerable.Range(1, 30).Select(i => (long)i));
        }
        outbox.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_definite_refusal_fails_that_message_alone()
    {
        _sender.Decide = (message, _) => message.Content == "bad" ? TestData.Refusal(ProblemCodes.Forbidden) : null;
        var outbox = Make();
        var first = outbox.Add(TestData.Text("a", "good"));
        var second = outbox.Add(TestData.Text("a", "bad"));
        var third = outbox.Add(TestData.Text("a", "good too"));
        (await Should.ThrowAsync<ChatProblemException>(second)).Code.ShouldBe(ProblemCodes.Forbidden);
        ((await first).Seq, (await third).Seq).ShouldBe((1, 2));
    }

    [Fact]
    public async Task The_end_of_the_session_refuses_no_message()
    {
        // The first three tries meet a hub that knows of the revocation before the connection is closed.
        _sender.Decide = (_, attempt) => attempt <= 3 ? TestData.Refusal(ProblemCodes.Unauthenticated) : null;
        var store = new MemoryOutboxStore();
        var outbox = Make(store: store);
        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => outbox.Add(TestData.Text("a", $"{i}"))));
        answers.Select(answer => answer.Seq).ShouldBe([1, 2, 3]);
        store.Kept.ShouldBeEmpty();
    }

    [Fact]
    public async Task It_waits_as_long_as_the_server_says()
    {
        var time = new FakeTimeProvider();
        _sender.Decide = (_, attempt) => attempt == 1 ? TestData.Refusal(ProblemCodes.RateLimited, 5_000) : null;
        var outbox = Make(time);
        var sending = outbox.Add(TestData.Text("a", "x"));
        await Clock.AdvanceUntilAsync(time, sending, TimeSpan.FromMilliseconds(250));
        (time.GetUtcNow() - time.Start).ShouldBeGreaterThanOrEqualTo(TimeSpan.FromMilliseconds(5_000));
        _sender.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task Nothing_goes_without_a_connection_and_all_of_it_after()
    {
        _sender.Connected = new TaskCompletionSource();
        var outbox = Make();
        var sending = Task.WhenAll(outbox.Add(TestData.Text("a", "1")), outbox.Add(TestData.Text("a", "2")));
        _sender.Attempts.ShouldBe(0);
        _sender.Connected.SetResult();
        await sending;
        _sender.Attempts.ShouldBe(2);
    }

    [Fact]
    public async Task One_that_breaks_connections_gets_its_verdict_over_rest_and_the_others_go_on()
    {
        _sender.Decide = (message, _) => message.Content == "huge" ? new ChatDisconnectedException("broke", inFlight: true) : null;
        _sender.Rest = _ => TestData.Refusal(ProblemCodes.TooLarge);
        var outbox = Make(strikes: 3);
        var huge = outbox.Add(TestData.Text("a", "huge"));
        var next = outbox.Add(TestData.Text("a", "next"));
        (await Should.ThrowAsync<ChatProblemException>(huge)).Code.ShouldBe(ProblemCodes.TooLarge);
        (await next).Seq.ShouldBe(1);
        _sender.Attempts.ShouldBe(4);
    }

    [Fact]
    public async Task One_that_breaks_requests_too_is_parked()
    {
        _sender.Decide = (_, _) => new ChatDisconnectedException("broke", inFlight: true);
        _sender.Rest = _ => new HttpRequestException("broke");
        var outbox = Make(strikes: 2);
        var message = TestData.Text("a", "huge");
        (await Should.ThrowAsync<MessageParkedException>(outbox.Add(message))).Parked.ShouldBe(message);
        outbox.Parked.ShouldBe([message]);
    }

    [Fact]
    public async Task A_fault_of_the_server_is_tried_again_but_not_for_ever()
    {
        _sender.Decide = (_, _) => TestData.Refusal(ProblemCodes.Internal);
        var outbox = Make();
        await Should.ThrowAsync<ChatProblemException>(outbox.Add(TestData.Text("a", "x")));
        _sender.Attempts.ShouldBe(4);
    }

    [Fact]
    public async Task What_was_not_answered_stays_in_the_store_and_is_cancelled()
    {
        var store = new MemoryOutboxStore();
        _sender.Connected = new TaskCompletionSource();
        var outbox = Make(store: store);
        var sending = outbox.Add(TestData.Text("a", "x"));
        outbox.Dispose();
        await Should.ThrowAsync<OperationCanceledException>(sending);
        store.Kept.Count.ShouldBe(1);
    }

    [Fact]
    public async Task What_was_answered_leaves_the_store()
    {
        var store = new MemoryOutboxStore();
        await Make(store: store).Add(TestData.Text("a", "x"));
        store.Kept.ShouldBeEmpty();
        store.Added.ShouldBe(1);
    }

    private Outbox Make(TimeProvider? time = null, int strikes = 3, IOutboxStore? store = null)
    {
        var options = new ChatClientOptions
        {
            Server = new Uri("http://server.test"),
            BackoffBase = TimeSpan.Zero,
            Time = time ?? TimeProvider.System,
            SendStrikes = strikes,
            OutboxStore = store,
        };
        return _outbox = new Outbox(_sender, options, NullLogger.Instance);
    }

    /// <summary>A server that knows a message by its id, and a network that loses answers.</summary>
    private sealed class FakeSender : IMessageSender
    {
        private readonly ConcurrentDictionary<string, List<string>> _chats = new();
        private readonly Lock _lock = new();

        public Func<SendMessage, int, Exception?> Decide { get; set; } = (_, _) => null;

        public Func<SendMessage, bool> LoseAnswer { get; set; } = _ => false;

        public Func<SendMessage, Exception?> Rest { get; set; } = _ => null;

        public TaskCompletionSource? Connected { get; set; }

        public int Attempts { get; private set; }

        public bool IsConnected => true;

        public List<string> Log(string chatId) => _chats[chatId];

        public Task WhenConnectedAsync(CancellationToken cancellationToken) =>
            Connected?.Task.WaitAsync(cancellationToken) ?? Task.CompletedTask;

        public async Task<SentMessage> SendAsync(SendMessage message, CancellationToken cancellationToken)
        {
            await Task.Yield();
            lock (_lock)
            {
                Attempts++;
                if (Decide(message, Attempts) is { } fault)
                    throw fault;
                var sent = Store(message);
                return LoseAnswer(message) ? throw new ChatDisconnectedException("after", inFlight: true) : sent;
            }
        }

        public async Task<SentMessage> SendOverRestAsync(SendMessage message, CancellationToken cancellationToken)
        {
            await Task.Yield();
            lock (_lock)
                return Rest(message) is { } fault ? throw fault : Store(message);
        }

        private SentMessage Store(SendMessage message)
        {
            var log = _chats.GetOrAdd(message.ChatId!, _ => []);
            if (!log.Contains(message.MessageId!))
                log.Add(message.MessageId!);
            return TestData.Sent(message, log.IndexOf(message.MessageId!) + 1);
        }
    }
}
