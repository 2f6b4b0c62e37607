using System.Diagnostics;
using Orleans.Chat.Load.Wire;

namespace Orleans.Chat.Load.Scenarios;

/// <summary>A user that sends, and what it sends next.</summary>
internal sealed record Sender(HubSocket Socket, Func<SendTemplate> Next);

/* Closed loop: every sender keeps some messages in flight, and sends the next when one is answered: it finds what the server can do at most.
 * Open loop: messages are sent at times that are fixed in advance (a Poisson process), whatever the server does: it finds what users would feel. */
internal sealed class Traffic(IReadOnlyList<Sender> senders, TrafficSettings settings)
{
    private static readonly TimeSpan AfterRefusal = TimeSpan.FromMilliseconds(100);
    private volatile bool _stopped;

    public Task RunAsync() => settings.Rate is { } rate ? OpenAsync(rate) : ClosedAsync();

    public void Stop() => _stopped = true;

    private Task ClosedAsync()
    {
        var stopped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var sender in senders)
        {
            sender.Socket.Answered = (socket, code) =>
            {
                if (_stopped)
                    stopped.TrySetResult();
                else if (code is null)
                    Send(sender);
                else
                    _ = AgainAsync(sender);
            };
            for (var i = 0; i < settings.InFlight; i++)
                Send(sender);
        }
        return stopped.Task;
    }

    private async Task AgainAsync(Sender sender)
    {
        await Task.Delay(AfterRefusal, TimeProvider.System);
        if (!_stopped)
            Send(sender);
    }

    private static void Send(Sender sender) => sender.Socket.Send(sender.Next(), Stopwatch.GetTimestamp());

    private async Task OpenAsync(double rate)
    {
        // Not seeded by the clock: two runs of one command send at the same times.
        var random = new Random(4711);
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(1));
        var start = Stopwatch.GetTimestamp();
        var due = 0.0;
        for (var next = 0; !_stopped; )
        {
            await timer.WaitForNextTickAsync();
            var elapsed = Stopwatch.GetElapsedTime(start).TotalSeconds;
            for (; due <= elapsed; due += -Math.Log(1 - random.NextDouble()) / rate)
            {
                var sender = senders[next++ % senders.Count];
                sender.Socket.Send(sender.Next(), start + (long)(due * Stopwatch.Frequency));
            }
        }
    }
}
