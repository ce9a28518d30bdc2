namespace Softly.Sampling;

/// <summary>Where thinking ends and the answer begins: a setting of model and task.</summary>
/// <param name="Token">The token that ends thinking when it wins a step, and is then a plain token itself; null for none.</param>
/// <param name="Text">
/// The text that ends thinking once the winners have spelt it; null for none. The step that completes it is still a thought, the
/// next is not.
/// </param>
public sealed record ThinkEnd(int? Token = null, string? Text = null)
{
    /// <summary>
    /// All tokens that end thinking: more than one where a vocabulary spells the same mark with and without a blank before it.
    /// </summary>
    public IReadOnlyList<int> Tokens { get; init; } = Token is { } only ? [only] : [];

    /// <summary>Everything is thought: steps stay soft up to the end of the text.</summary>
    public static ThinkEnd Never { get; } = new();
}

/// <summary>
/// Ends thinking once the model has long been sure (Soft Thinking, arXiv 2505.15778): of so many thoughts in a row whose whole
/// distribution has little entropy, the last is replaced by the token that ends thinking, as in the published code. It is not scored.
/// </summary>
/// <param name="Entropy">Nats; a thought below it counts.</param>
/// <param name="Length">How many in a row. The published code's is 256.</param>
public sealed record ColdStop(double Entropy, int Length = 256);

/// <summary>How rollouts are drawn. Stored with every rollout, so that a changed setting cannot silently break a ratio.</summary>
public sealed record SamplingOptions
{
    /// <summary>How thoughts are drawn; null for discrete thinking, drawn like the answer. Default null.</summary>
    public StepLaw? Law { get; init; }

    /// <summary>
    /// The tokens a thought may be made of (used with <see cref="Law"/>). The paper's: temperature 1, top-k 5, top-p 0.95.
    /// </summary>
    public SupportFilter Thinking { get; init; } = new() { TopK = 5, TopP = 0.95 };

    /// <summary>The tokens the answer, and discrete thinking, may be made of. Default: all, at temperature 1.</summary>
    public SupportFilter Answer { get; init; } = new();

    /// <summary>Where thinking ends.</summary>
    public ThinkEnd ThinkEnd { get; init; } = ThinkEnd.Never;

    /// <summary>
    /// How many thoughts are had at most: then the token that ends thinking is put in, and is not scored. 0 (the default) for no
    /// limit.
    /// </summary>
    public int ThinkLength { get; init; }

    /// <summary>Ends thinking early; null (the default) for not.</summary>
    public ColdStop? ColdStop { get; init; }

    /// <summary>The most positions a rollout may have after its prompt.</summary>
    public int MaxNewTokens { get; init; } = 512;

    /// <summary>Texts that end a rollout when it spells them.</summary>
    public IReadOnlyList<string> StopTexts { get; init; } = [];

    /// <summary>Checks what cannot work, all at once.</summary>
    /// <returns>One sentence a problem, with its remedy; empty when all is well.</returns>
    public IEnumerable<string> Problems(int vocabulary, bool training)
    {
        foreach (var (name, filter) in new[] { ("thinking", Thinking), ("answer", Answer) })
        {
            if (!(filter.Temperature > 0))
                yield return $"{name} temperature {filter.Temperature} must be above 0; for greedy decoding set top_k: 1";
            if (filter.TopK < 0) yield return $"{name} top_k {filter.TopK} must be 0 (all) or more";
            if (!(filter.TopP is > 0 and <= 1)) yield return $"{name} top_p {filter.TopP} must lie in (0, 1]";
            if (!(filter.MinP is >= 0 and <= 1)) yield return $"{name} min_p {filter.MinP} must lie in [0, 1]";
            if (filter.Slots < 0) yield return $"{name} max_topk {filter.Slots} must be 0 (as many as top_k) or more";
        }
        if (Law is not null && Thinking.Width(vocabulary) > SupportFilter.LargestStored)
            yield return "soft thinking stores the kept tokens of every step: "
                + $"set top_k (at most {SupportFilter.LargestStored}); the paper's is 5";
        if (training && Law is { CanTrain: false })
            yield return $"{Law.Name} has no density to train with: keep it for evaluation, and train with a law that has one "
                + "(gumbel-softmax, concrete, multiplex, …)";
        if (training && !Answer.KeepsAll && !Answer.IsStored)
            yield return Answer.TopK > 0
                ? $"a discrete step drawn with top_k {Answer.TopK} cannot be scored exactly, "
                    + $"because at most {SupportFilter.LargestStored} kept tokens are stored: lower top_k, "
                    + "or set top_k: 0 and top_p: 1"
                : "a discrete step drawn with top_p or min_p alone cannot be scored exactly, "
                    + "because its kept set is not stored: set top_k as well, or top_p: 1 and min_p: 0";
        if ((ThinkLength > 0 || ColdStop is not null) && (Law is null || ThinkEnd.Token is null))
            yield return "think_length and cold_stop put in the token that ends thinking: they need soft thinking and a "
                + "think_end_str that is one token";
        if (ColdStop is { } cold && (!(cold.Entropy > 0) || cold.Length < 1))
            yield return "cold_stop needs an entropy above 0 and a length of at least 1, and has "
                + $"{cold.Entropy} and {cold.Length}";
        if (Law is { ThinksBlank: true } && ThinkLength == 0)
            yield return $"{Law.Name} thinks of nothing and would never stop: set think_length";
        if (MaxNewTokens < 1) yield return $"max_completion_length {MaxNewTokens} must be at least 1";
    }
}
