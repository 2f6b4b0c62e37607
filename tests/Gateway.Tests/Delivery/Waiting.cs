namespace Orleans.Chat.Gateway.Tests.Delivery;

internal static class Waiting
{
    /// <summary>Lets the test's clock run until the condition holds.</summary>
    public static async Task Until(this Rig rig, Func<bool> condition)
    {
        for (var i = 0; i < 2_000; i++)
        {
            if (condition())
                return;
            rig.Time.Advance(TimeSpan.FromMilliseconds(20));
            await Task.Delay(TimeSpan.FromMilliseconds(1), TimeProvider.System, TestContext.Current.CancellationToken);
        }
        condition().ShouldBeTrue("It did not come about in 40 s of the test's clock.");
    }
}
