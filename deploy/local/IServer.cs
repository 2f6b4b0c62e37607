namespace Orleans.Chat.LocalCluster;

/// <summary>One server of a local cluster. It may be started again after it ended, with the same ports and data.</summary>
public interface IServer : IAsyncDisposable
{
    /// <summary>For people and for the name of its log.</summary>
    string Name { get; }

    /// <summary>The process that serves; another one after a restart.</summary>
    ChildProcess Process { get; }

    /// <summary>Starts it and waits until it serves.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    /// <summary>Asks it to end and waits; kills it when it does not. Answers whether it ended by itself.</summary>
    Task<bool> StopAsync();
}
