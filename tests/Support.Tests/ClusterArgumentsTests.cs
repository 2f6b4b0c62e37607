using Orleans.Chat.LocalCluster;

namespace Orleans.Chat.Support.Tests;

public sealed class ClusterArgumentsTests
{
    [Fact]
    public void Both_ways_of_writing_an_argument_are_read()
    {
        string[] arguments = ["--silos", "3", "--gateways=1", "--port", "6000", "--data=/tmp/x", "--restart"];
        var read = ClusterArguments.Parse([.. arguments, "--standby", "--volumes", "256", "--clocks"]);

        read.ShouldBe(
            new ClusterArguments
            {
                Silos = 3,
                Gateways = 1,
                Port = 6000,
                Data = "/tmp/x",
                Restart = true,
                Standby = true,
                Volumes = 256,
                Clocks = true,
            }
        );
    }

    [Theory]
    [InlineData("--silos")]
    [InlineData("--silos", "0")]
    [InlineData("--port=x")]
    [InlineData("--data=")]
    [InlineData("--volumes=64")]
    [InlineData("--nope")]
    public void What_makes_no_sense_is_refused(params string[] arguments) =>
        Should.Throw<ArgumentException>(() => ClusterArguments.Parse(arguments));
}
