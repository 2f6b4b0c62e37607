using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Orleans.Chat.Gateway.Delivery;

namespace Orleans.Chat.Micro;

/// <summary>What a delivery costs a connection beside the transport: queued and written, and queued behind a write that waits.</summary>
public class ConnectionBenchmarks
{
    private readonly Outbound _free;
    private readonly Push _push = Push.Durable("c", [Samples.Event(1)], 2);

    public ConnectionBenchmarks()
    {
        var metrics = new DeliveryMetrics(
            new ServiceCollection().AddMetrics().BuildServiceProvider().GetRequiredService<System.Diagnostics.Metrics.IMeterFactory>()
        );
        _free = new Outbound(new FreePort(), OutboundLimits.Of(new DeliveryOptions()), TimeProvider.System, metrics);
    }

    [Benchmark]
    public void OfferAndFlush()
    {
        _free.Offer(_push);
        _free.Flush();
    }

    private sealed class FreePort : IConnectionPort
    {
        public int SizeOf(Push push) => 1_300;

        public ValueTask WriteAsync(Push push) => ValueTask.CompletedTask;

        public void Close() { }

        public void Abort() { }
    }
}
