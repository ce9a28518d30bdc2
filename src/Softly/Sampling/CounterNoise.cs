namespace Softly.Sampling;

/// <summary>
/// Randomness as a pure function of where it is used: (seed, problem, sample, position, component). Philox 4×32 with ten
/// rounds (Salmon et al., SC 2011). A rollout does not change when its batch is permuted, split or padded, and any one can be
/// drawn again alone.
/// </summary>
public static class CounterNoise
{
    /// <summary>A new seed from a seed and a number, as for "the rollouts of step n" (SplitMix64's finaliser).</summary>
    public static ulong Mix(ulong seed, ulong number)
    {
        var z = seed + 0x9E3779B97F4A7C15 * (number + 1);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>
    /// A number for a text, the same on every machine (FNV-1a, 64 bits): what a problem's id is to the generator.
    /// </summary>
    public static ulong Key(string text)
    {
        var hash = 14695981039346656037UL;
        foreach (var c in text) hash = (hash ^ c) * 1099511628211UL;
        return hash;
    }

    /// <summary>Uniform numbers in (0, 1) for the components of one position.</summary>
    /// <param name="seed">The run's or step's seed.</param>
    /// <param name="problem"><see cref="Key"/> of the problem's id.</param>
    /// <param name="sample">Which of the problem's rollouts.</param>
    /// <param name="position">Which new position of the rollout, from 0.</param>
    /// <param name="into">One number a component; component 0 first.</param>
    public static void Uniforms(ulong seed, ulong problem, int sample, int position, Span<double> into)
    {
        var key = Mix(seed, problem);
        for (var block = 0; block * 4 < into.Length; block++)
        {
            var (a, b, c, d) = Philox((uint)sample, (uint)position, (uint)block, 0, (uint)key, (uint)(key >> 32));
            for (var j = 0; j < 4 && block * 4 + j < into.Length; j++)
                into[block * 4 + j] = ((j switch { 0 => a, 1 => b, 2 => c, _ => d }) + 0.5) / 4294967296.0;
        }
    }

    /// <summary>Philox 4×32-10: four 32-bit words from a 128-bit counter and a 64-bit key.</summary>
    internal static (uint, uint, uint, uint) Philox(uint c0, uint c1, uint c2, uint c3, uint k0, uint k1)
    {
        for (var round = 0; round < 10; round++)
        {
            ulong p0 = 0xD2511F53UL * c0, p1 = 0xCD9E8D57UL * c2;
            (c0, c1, c2, c3) = ((uint)(p1 >> 32) ^ c1 ^ k0, (uint)p1, (uint)(p0 >> 32) ^ c3 ^ k1, (uint)p0);
            k0 += 0x9E3779B9;
            k1 += 0xBB67AE85;
        }
        return (c0, c1, c2, c3);
    }
}
