namespace Orleans.Chat.LocalCluster;

/* A file system in a file, mounted through a loop device: it can be full, or stand still, while the rest of the machine goes on. It stays mounted when the
 * launcher is killed, and the next start takes it as it is. */

/// <summary>A volume of a size that is chosen. Needs root.</summary>
internal sealed class LoopVolume(string path, int megabytes)
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);

    /// <summary>Where it is mounted.</summary>
    public string MountPoint => path;

    private string Image => path + ".img";

    private string Log => path + ".log";

    private bool IsMounted => File.ReadLines("/proc/self/mounts").Any(l => l.Split(' ')[1] == path);

    /// <summary>Makes the file system unless a former start did, and mounts it unless it is.</summary>
    public async Task MountAsync(CancellationToken cancellationToken)
    {
        if (IsMounted)
            return;
        Directory.CreateDirectory(path);
        if (!File.Exists(Image))
        {
            var made = Image + ".new";
            await using (var file = new FileStream(made, FileMode.Create))
                file.SetLength((long)megabytes << 20);
            // Nothing is kept back for root: full is full for everybody.
            await RunAsync("mkfs.ext4", ["-q", "-F", "-m", "0", made], cancellationToken);
            File.Move(made, Image);
        }
        await RunAsync("mount", ["-o", "loop", Image, path], cancellationToken);
    }

    /// <summary>Takes it away when nobody uses it any more; its content stays.</summary>
    public async Task UnmountAsync()
    {
        if (!IsMounted)
            return;
        // One that stands still cannot be left; that it does not is no failure.
        await TryAsync("fsfreeze", ["-u", path], CancellationToken.None);
        for (var i = 0; i < 50; i++)
        {
            if (await TryAsync("umount", [path], CancellationToken.None) == 0)
                return;
            await Task.Delay(Step, TimeProvider.System);
        }
        await RunAsync("umount", ["-l", path], CancellationToken.None);
    }

    private async Task RunAsync(string program, string[] arguments, CancellationToken cancellationToken)
    {
        var code = await TryAsync(program, arguments, cancellationToken);
        if (code == 0)
            return;
        var said = await File.ReadAllTextAsync(Log, cancellationToken);
        throw new ServerStartException($"{program} {string.Join(' ', arguments)} ended with {code}: {said.Trim()}. Volumes need root.");
    }

    private Task<int> TryAsync(string program, string[] arguments, CancellationToken cancellationToken) =>
        ChildProcess.RunAsync(new ChildCommand(program, program, arguments, Log), cancellationToken);
}
