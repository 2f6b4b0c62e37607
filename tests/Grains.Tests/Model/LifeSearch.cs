using CsCheck;
using Orleans.Chat.Grains.Tests.Chats;

namespace Orleans.Chat.Grains.Tests.Model;

/* Looks for a life in which a chat and its model part. One that it finds it makes as short as it can by leaving out steps: CsCheck's own shrinking draws
 * shorter lives anew, which for a life of forty steps takes longer than to leave out each of them. */
internal sealed class LifeSearch(GrainCluster cluster, string store)
{
    private const int FewestLives = 3;
    private static readonly TimeSpan ShrinkingTime = TimeSpan.FromSeconds(60);
    private readonly SortedDictionary<string, int> _tally = new(StringComparer.Ordinal);

    /// <summary>Lives random lives until the time is over.</summary>
    /// <returns>What was done how often, and answered how.</returns>
    public async Task<string> SearchAsync(TimeSpan time)
    {
        var began = TimeProvider.System.GetTimestamp();
        var lives = 0;
        while (lives < FewestLives || TimeProvider.System.GetElapsedTime(began) < time)
        {
            lives++;
            await TryAsync(Gen.Seed.Single());
        }
        return $"{store}: {lives} lives\n{string.Join('\n', _tally.Select(t => $"{t.Value, 6} {t.Key}"))}";
    }

    public Task TryAsync(string seed) => TryAsync(Lives.Random.Single(_ => true, seed), $"MODEL_SEED={seed}");

    public async Task TryAsync(Life life, string origin)
    {
        var verdict = await ModelRun.LiveAsync(cluster, life);
        foreach (var line in verdict.Log)
            Count(line);
        if (verdict.Disagreement is null)
            return;
        var (shortest, last) = await ShrinkAsync(life, verdict);
        Assert.Fail(
            $"""
            {store}: the chat and its model part. Of the {life.Steps.Length} steps of {origin} these are left:
            {string.Join('\n', last.Log.Select((line, i) => $"{i + 1, 4} {line}"))}
            Then {last.Disagreement}
            Again: MODEL_LIFE='{shortest}' dotnet run --project tests/Grains.Tests -- -class "*ModelTests"
            """
        );
    }

    private void Count(string line)
    {
        var (verb, answer) = (line.Split(' ')[0], line.Contains("->  ", StringComparison.Ordinal) ? line.Split("->  ")[1] : "");
        var what = $"{verb} {(answer.Contains(' ', StringComparison.Ordinal) ? "done" : answer)}";
        _tally[what] = _tally.GetValueOrDefault(what) + 1;
    }

    private async Task<(Life, Verdict)> ShrinkAsync(Life life, Verdict verdict)
    {
        var began = TimeProvider.System.GetTimestamp();
        var (shortest, last) = (Until(life, verdict), verdict);
        var smaller = true;
        while (smaller)
        {
            smaller = false;
            for (var size = Math.Max(1, shortest.Steps.Length / 2); size >= 1; size /= 2)
            {
                for (var at = 0; at < shortest.Steps.Length; )
                {
                    if (TimeProvider.System.GetElapsedTime(began) > ShrinkingTime)
                        return (shortest, last);
                    var without = shortest with { Steps = [.. shortest.Steps[..at], .. shortest.Steps.Skip(at + size)] };
                    var tried = await ModelRun.LiveAsync(cluster, without);
                    if (tried.Disagreement is null)
                        at += size;
                    else
                        (shortest, last, smaller) = (Until(without, tried), tried, true);
                }
            }
        }
        return (shortest, last);
    }

    /// <summary>What comes after the step that parted them had no part in it.</summary>
    private static Life Until(Life life, Verdict verdict) => life with { Steps = life.Steps[..verdict.Log.Count] };
}
