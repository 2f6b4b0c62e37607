using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Orleans.Chat.Load.Measuring;

namespace Orleans.Chat.Load.Chaos;

/// <summary>One silo more, or one less, than there were.</summary>
internal sealed class SiloCount(ClusterProcesses cluster, Action<string> tell)
{
    private const int FirstPort = 30_000;
    private const int LastPort = 32_000;
    private static readonly string[] OwnPorts = ["Cluster__SiloPort", "Cluster__GatewayPort"];
    private Process? _added;
    private Uri? _url;

    /// <summary>One more, with the settings of the first and ports of its own, which ends again when the fault does.</summary>
    public Fault More => new("add-silo", AddAsync, EndAsync);

    /// <summary>The last is asked to end, and not started again.</summary>
    public Fault Less => new("remove-silo", RemoveAsync, TellAsync);

    /// <summary>Those that there are now, the added one last.</summary>
    public IEnumerable<Uri> Urls => _url is { } added ? cluster.Urls("silo").Append(added) : cluster.Urls("silo");

    private async Task AddAsync(CancellationToken cancellationToken)
    {
        var model = cluster.Pids("silo")[0];
        var command = (await File.ReadAllTextAsync($"/proc/{model}/cmdline", cancellationToken)).TrimEnd('\0').Split('\0');
        var start = new ProcessStartInfo("/bin/sh") { WorkingDirectory = new FileInfo($"/proc/{model}/cwd").LinkTarget! };
        foreach (var argument in (string[])["-c", "exec \"$@\" >>\"$CHILD_LOG\" 2>&1 </dev/null", "sh", .. command])
            start.ArgumentList.Add(argument);
        start.Environment.Clear();
        foreach (var setting in (await File.ReadAllTextAsync($"/proc/{model}/environ", cancellationToken)).TrimEnd('\0').Split('\0'))
            start.Environment[setting.Split('=', 2)[0]] = setting.Split('=', 2)[1];
        foreach (var port in OwnPorts)
            start.Environment[port] = FormattableString.Invariant($"{FreePort()}");
        _url = new Uri(FormattableString.Invariant($"http://127.0.0.1:{FreePort()}"));
        start.Environment["Urls"] = _url.GetLeftPart(UriPartial.Authority);
        start.Environment["CHILD_LOG"] = start.Environment["CHILD_LOG"] + ".added";
        _added = Process.Start(start)!;
        await ClusterProcesses.UntilAsync(
            token => ClusterProcesses.IsReadyAsync(_url, token),
            "the added silo is not ready",
            cancellationToken
        );
        await TellAsync(cancellationToken);
    }

    private async Task EndAsync(CancellationToken cancellationToken)
    {
        if (_added is not { } added)
            return;
        if (!added.HasExited && _url is { } url && await ClusterProcesses.IsReadyAsync(url, cancellationToken))
            await TellAsync(cancellationToken);
        if (!added.HasExited)
            await ClusterProcesses.SignalAsync("TERM", [added.Id], cancellationToken);
        await added.WaitForExitAsync(cancellationToken);
        added.Dispose();
        (_added, _url) = (null, null);
    }

    private Task RemoveAsync(CancellationToken cancellationToken) =>
        cluster.RemoveAsync([cluster.Pids("silo")[^1]], "TERM", cancellationToken);

    private async Task TellAsync(CancellationToken cancellationToken) =>
        tell($"chats of each silo: {string.Join(", ", await SiloChats.CountAsync(Urls, cancellationToken))}");

    // Below what the kernel gives to outgoing connections: one of those may take it before the silo does.
    private static int FreePort()
    {
        while (true)
        {
            var port = Random.Shared.Next(FirstPort, LastPort);
            using var listener = new TcpListener(IPAddress.Loopback, port);
            try
            {
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Taken: another.
            }
        }
    }
}
