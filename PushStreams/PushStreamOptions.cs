using System.ComponentModel.DataAnnotations;

namespace Orleans.Chat.PushStreams;

/// <summary>A push stream provider's bounds. Named options: one set for each provider.</summary>
public sealed class PushStreamOptions
{
    /// <summary>Events that go to a subscriber in one call, at most. Default 256: with 1, each event is a call, measured 20 times slower.</summary>
    [Range(1, 10_000)]
    public int BatchSize { get; set; } = 256;

    /// <summary>
    /// Events of one stream that wait in a silo, queued or not yet taken by every subscriber. Default 16,384. One more drops them all for <see cref="OverflowEvent"/>:
    /// a slow subscriber costs itself a resynchronisation, and nobody else anything.
    /// </summary>
    [Range(1, 10_000_000)]
    public int BacklogPerStream { get; set; } = 16_384;

    /// <summary>How long a delivery to a subscriber is tried. Default 10 s; what could not be delivered by then is dropped.</summary>
    public TimeSpan MaxEventDeliveryTime { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>What a stream gets in place of the events that were dropped; null puts nothing there.</summary>
    public Func<StreamId, object>? OverflowEvent { get; set; }
}
