namespace Softly.Models;

/// <summary>Prompts laid out as a rectangle.</summary>
internal static class MixtureTable
{
    /// <summary>Refuses prompts that are empty or do not leave room for the completion.</summary>
    /// <exception cref="ArgumentException">The message has the remedy.</exception>
    public static void Check(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int longest)
    {
        for (var p = 0; p < prompts.Count; p++)
        {
            if (prompts[p].Count == 0) throw new ArgumentException($"Prompt {p} is empty: there is nothing to continue.");
            if (prompts[p].Count > longest)
                throw new ArgumentException(
                    $"Prompt {p} has {prompts[p].Count} tokens, but only {Math.Max(0, longest)} fit before the completion: "
                    + "shorten it, or lower max_completion_length.");
        }
    }

    /// <summary>
    /// Ids and weights as (P, T, K) in row order, T the longest prompt and K the widest mixture; what is unused has id 0 and
    /// weight 0.
    /// </summary>
    /// <exception cref="ArgumentException">A prompt is empty or longer than <paramref name="longest"/>.</exception>
    public static (long[] Ids, float[] Weights, int[] Lengths) Of(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int longest)
    {
        Check(prompts, longest);
        int t = prompts.Max(x => x.Count), k = prompts.Max(x => x.Max(m => m.Ids.Length));
        var ids = new long[prompts.Count * t * k];
        var weights = new float[prompts.Count * t * k];
        for (var p = 0; p < prompts.Count; p++)
            for (var i = 0; i < prompts[p].Count; i++)
                for (var j = 0; j < prompts[p][i].Ids.Length; j++)
                {
                    ids[(p * t + i) * k + j] = prompts[p][i].Ids[j];
                    weights[(p * t + i) * k + j] = prompts[p][i].Weights[j];
                }
        return (ids, weights, [.. prompts.Select(x => x.Count)]);
    }
}
