using System.Runtime.InteropServices;
using Orleans.Chat.LocalCluster;

if (args.Intersect(["--help", "-h"]).Any())
{
    Console.WriteLine(ClusterArguments.Usage);
    return 0;
}

ClusterArguments arguments;
try
{
    arguments = ClusterArguments.Parse(args);
}
catch (ArgumentException e)
{
    await Console.Error.WriteLineAsync($"{e.Message}\n\n{ClusterArguments.Usage}");
    return 2;
}

using var asked = new CancellationTokenSource();
var again = new TaskCompletionSource();
using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
using var hangUp = PosixSignalRegistration.Create(PosixSignal.SIGHUP, Stop);

Directory.CreateDirectory(arguments.Data);
await using var held = FolderLock.Take(arguments.Data);
if (held is null)
{
    await Console.Error.WriteLineAsync($"Another cluster runs in {arguments.Data}: stop it, or choose another folder with --data.");
    return 1;
}

await using var cluster = new ClusterLauncher(arguments);
try
{
    await cluster.StartAsync(asked.Token);
    foreach (var gateway in cluster.Gateways)
        Console.WriteLine(gateway.Url.GetLeftPart(UriPartial.Authority));
    Console.WriteLine($"ready; {Path.Combine(arguments.Data, "cluster.json")} tells what runs; Ctrl-C stops it");
    await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, asked.Token);
}
catch (OperationCanceledException) when (asked.IsCancellationRequested)
{
    // A second signal does not wait.
    await Task.WhenAny(cluster.StopAsync(), again.Task);
    return 0;
}
catch (ServerStartException e)
{
    await Console.Error.WriteLineAsync(e.Message);
}
return 1;

void Stop(PosixSignalContext context)
{
    context.Cancel = true;
    if (asked.IsCancellationRequested)
        again.TrySetResult();
    else
        asked.Cancel();
}
