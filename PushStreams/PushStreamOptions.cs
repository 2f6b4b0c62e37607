using System.ComponentModel.DataAnnotations;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.PushStreams;

/// <summary>A push stream provider's bounds. Named options: one set for each provider, checked when the silo starts.</summary>
public sealed class PushStreamOptions
{
    /// <summary>Events that go to a subscriber in one call, at most. Default 256: with 1, each event is a call, measured 20 times slower.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 256;

    /// <summary>
    /// Streams that stand in a silo's queue for its agent, at most. Default 4,096, above any number of subscribers that one silo feeds. A stream
    /// stands there once, however much it holds, and one that finds the queue full is found by looking through all of them: publishers
    /// neither wait nor fail.
    /// </summary>
    [Range(1, 1_000_000)]
    public int QueueCapacity { get; set; } = 4_096;

    /// <summary>
    /// Events of one stream that wait in a silo, read by its agent or not, until the slowest subscriber takes them. Default 16,384: some
    /// 3 s of the 5,000 events/s that a subscriber follows with ease, and 32 MB of events of 2 KB. One more drops them all for
    /// <see cref="OverflowEvent"/>: a slow subscriber costs itself a resynchronisation, and nobody else anything.
    /// </summary>
    [Range(1, 10_000_000)]
    public int BacklogPerStream { get; set; } = 16_384;

    /// <summary>
    /// How long a delivery to a subscriber is tried; what could not be delivered by then is dropped. Default 10 s, twice a call's time-out in a
    /// silo: one lost answer is repeated, and a subscriber that is gone holds nothing for long. Events of a stream without subscribers
    /// are kept as long, and at most twice as long, for one that is just arriving.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.010", "01:00:00")]
    public TimeSpan MaxEventDeliveryTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How soon the agent looks again after it was kept from reading. Default 20 ms. Not the latency of an event: the agent waits for those.
    /// It is kept while a stream's first event looks up its subscribers.
    /// </summary>
    [Range(typeof(TimeSpan), "00:00:00.001", "00:01:00")]
    public TimeSpan GetQueueMsgsTimerPeriod { get; set; } = TimeSpan.FromMilliseconds(20);

    /// <summary>What a stream gets in place of the events that were dropped; null, the default, puts nothing there.</summary>
    public Func<StreamId, object>? OverflowEvent { get; set; }
}

[OptionsValidator]
internal sealed partial class PushStreamOptionsValidator : IValidateOptions<PushStreamOptions>;
