using Microsoft.Extensions.Time.Testing;

namespace Orleans.Chat.Gateway.Tests.Delivery;

/// <summary>A machine's two times: what passes, and a clock that somebody may set. The base's own setter moves both.</summary>
internal sealed class SettableTime() : FakeTimeProvider(new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero))
{
    private TimeSpan _step;

    public void Step(TimeSpan by) => _step += by;

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + _step;

    // The base's are the ticks of GetUtcNow.
    public override long GetTimestamp() => base.GetTimestamp() - _step.Ticks;
}
