using System.Collections.Concurrent;
using Orleans.Storage;

namespace Orleans.Chat.Grains.Tests.Chats;

/// <summary>Grain state that outlives every silo of a test's cluster, as Redis does in production: one dictionary that all of them have.</summary>
internal sealed class SharedGrainStorage : IGrainStorage
{
    private readonly ConcurrentDictionary<(string, GrainId), (object State, string ETag)> _states = new();

    public Task ReadStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        if (_states.TryGetValue((stateName, grainId), out var kept))
            (grainState.State, grainState.ETag, grainState.RecordExists) = ((T)kept.State, kept.ETag, true);
        else
            (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }

    public Task WriteStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        var etag = Guid.CreateVersion7().ToString("N");
        _states.AddOrUpdate((stateName, grainId), _ => Next(null), (_, kept) => Next(kept.ETag));
        (grainState.ETag, grainState.RecordExists) = (etag, true);
        return Task.CompletedTask;

        (object State, string ETag) Next(string? current) =>
            current is null || current == grainState.ETag
                ? ((object)grainState.State!, etag)
                : throw new InconsistentStateException("Another activation wrote it.", current, grainState.ETag ?? "");
    }

    public Task ClearStateAsync<T>(string stateName, GrainId grainId, IGrainState<T> grainState)
    {
        _states.TryRemove((stateName, grainId), out _);
        (grainState.ETag, grainState.RecordExists) = (null, false);
        return Task.CompletedTask;
    }
}
