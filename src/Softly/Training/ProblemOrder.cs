using Softly.Sampling;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>
/// Problems in shuffled order without replacement, epoch after epoch: a pure function of the seed and of how many were drawn, so
/// a resumed run goes on where the broken one stood.
/// </summary>
/// <param name="problems">All training problems.</param>
/// <param name="seed">The run's seed.</param>
public sealed class ProblemOrder(IReadOnlyList<Problem> problems, ulong seed)
{
    private int _epoch = -1;
    private int[] _order = [];

    /// <summary>The next problems.</summary>
    /// <param name="drawn">How many were drawn before.</param>
    /// <param name="count">How many are wanted.</param>
    public IReadOnlyList<Problem> After(long drawn, int count)
    {
        var taken = new Problem[count];
        for (var i = 0; i < count; i++)
        {
            var at = drawn + i;
            var epoch = (int)(at / problems.Count);
            if (epoch != _epoch) Shuffle(epoch);
            taken[i] = problems[_order[at % problems.Count]];
        }
        return taken;
    }

    /// <summary>How many epochs these are.</summary>
    public double Epochs(long drawn) => drawn / (double)problems.Count;

    private void Shuffle(int epoch)
    {
        _epoch = epoch;
        var key = CounterNoise.Mix(seed, (ulong)epoch);
        _order = [.. Enumerable.Range(0, problems.Count).OrderBy(i => CounterNoise.Mix(key, (ulong)i)).ThenBy(i => i)];
    }
}
