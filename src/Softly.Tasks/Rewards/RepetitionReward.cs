namespace Softly.Tasks;

/// <summary>
/// open-r1's penalty of repeated n-grams (after arXiv 2502.03373): (1 − distinct / all) · max_penalty over the
/// n-grams of the completion's words, which are what blanks separate, in lower case. A completion with fewer than n words gets 0.
/// </summary>
public sealed class RepetitionReward : IReward
{
    /// <inheritdoc />
    public string Name { get; init; } = "repetition_penalty";

    /// <summary>n. Default 3.</summary>
    public int NgramSize { get; init; } = 3;

    /// <summary>What a completion of nothing but one n-gram would come to; 0 or below. Default −1.</summary>
    public double MaxPenalty { get; init; } = -1;

    /// <inheritdoc />
    public string? Problem => NgramSize < 1 ? $"ngram_size {NgramSize} must be at least 1"
        : !(MaxPenalty < 0) ? $"max_penalty {MaxPenalty} must be below 0, it is added"
        : null;

    /// <inheritdoc />
    public double Score(RewardContext context)
    {
        var words = context.Completion.ToLowerInvariant().Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries);
        var all = words.Length - NgramSize + 1;
        if (all < 1) return 0;
        var distinct = new HashSet<string>();
        for (var i = 0; i < all; i++) distinct.Add(string.Join(' ', words, i, NgramSize));
        return (1 - distinct.Count / (double)all) * MaxPenalty;
    }
}
