using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Orleans.Chat.PushStreams.Tests;

public sealed class OptionsTests
{
    public static TheoryData<string, Action<PushStreamOptions>> Wrong { get; } =
        new()
        {
            { nameof(PushStreamOptions.BatchSize), o => o.BatchSize = 0 },
            { nameof(PushStreamOptions.QueueCapacity), o => o.QueueCapacity = 0 },
            { nameof(PushStreamOptions.BacklogPerStream), o => o.BacklogPerStream = -1 },
            { nameof(PushStreamOptions.MaxEventDeliveryTime), o => o.MaxEventDeliveryTime = TimeSpan.Zero },
            { nameof(PushStreamOptions.GetQueueMsgsTimerPeriod), o => o.GetQueueMsgsTimerPeriod = TimeSpan.FromDays(1) },
        };

    [Theory, MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public async Task A_silo_with_a_bound_that_cannot_be_does_not_start(string option, Action<PushStreamOptions> configure)
    {
        var builder = Host.CreateApplicationBuilder();
        builder.UseOrleans(silo =>
            silo.UseLocalhostClustering().AddMemoryGrainStorage("PubSubStore").AddPushStreams("p").AddPushStreams("wrong", configure)
        );
        using var host = builder.Build();
        var fault = await Should.ThrowAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        fault.OptionsName.ShouldBe("wrong");
        fault.Message.ShouldContain(option);
    }
}
