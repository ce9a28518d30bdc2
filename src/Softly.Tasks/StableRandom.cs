namespace Softly.Tasks;

/// <summary>
/// Pseudo-random numbers that are the same on every machine and in every version (SplitMix64); problems are made from it.
/// </summary>
/// <param name="seed">Equal seeds give equal sequences.</param>
internal sealed class StableRandom(ulong seed)
{
    private ulong _state = seed;

    /// <summary>A number from 0 to <paramref name="below"/> − 1.</summary>
    public int Next(int below) => (int)Math.BigMul(Bits(), (ulong)below, out _);

    /// <summary>A number from <paramref name="from"/> to <paramref name="to"/>, both included.</summary>
    public int Next(int from, int to) => from + Next(to - from + 1);

    /// <summary>One of the items.</summary>
    public T Pick<T>(IReadOnlyList<T> items) => items[Next(items.Count)];

    /// <summary>Some different items, in random order.</summary>
    public T[] Pick<T>(IEnumerable<T> items, int count)
    {
        var all = items.ToArray();
        for (var i = 0; i < count; i++)
        {
            var j = i + Next(all.Length - i);
            (all[i], all[j]) = (all[j], all[i]);
        }
        return all[..count];
    }

    private ulong Bits()
    {
        var z = _state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
