using System.Collections.Concurrent;
using System.Diagnostics;

namespace Orleans.Chat.LocalCluster;

/* The kernel sends the parent-death signal when the *thread* that forked dies, and threads of the pool end when they are idle. So all children
 * are forked by one thread, that lives as long as the process. */
internal static class ChildStarter
{
    private static readonly BlockingCollection<Action> Work = [];

    static ChildStarter()
    {
        var thread = new Thread(() =>
        {
            foreach (var start in Work.GetConsumingEnumerable())
                start();
        })
        {
            IsBackground = true,
            Name = "children",
        };
        thread.Start();
    }

    public static Process Start(ProcessStartInfo info)
    {
        using var done = new ManualResetEventSlim();
        (Process? process, Exception? error) outcome = default;
        Work.Add(() =>
        {
            try
            {
                outcome = (Process.Start(info), null);
            }
            catch (Exception e)
            {
                outcome = (null, e);
            }
            done.Set();
        });
        done.Wait();
        return outcome.process ?? throw new InvalidOperationException($"Cannot start {info.FileName}.", outcome.error);
    }
}
