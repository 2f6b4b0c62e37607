namespace Orleans.Chat.Grains.Clustering;

/// <summary>
/// Which life of the membership table this is: a random id kept beside the table. Versions of the table are compared within one incarnation only,
/// since a table that lost its data starts over.
/// </summary>
public interface IClusterIncarnation
{
    /// <summary>The id; constant while this process runs.</summary>
    string Id { get; }
}

/// <summary>For clusters of one process: a new incarnation with each start.</summary>
public sealed class ProcessIncarnation : IClusterIncarnation
{
    public string Id { get; } = Guid.CreateVersion7().ToString("N");
}
