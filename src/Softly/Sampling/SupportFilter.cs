using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Which tokens a step may be made of, in the order temperature → top-k → renormalise → top-p → renormalise → min-p →
/// renormalise → the most likely <see cref="Slots"/>. At least one token is always kept.
/// </summary>
public sealed record SupportFilter
{
    /// <summary>The largest set that is stored with a step.</summary>
    public const int LargestStored = 1024;

    /// <summary>Divides the logits; default 1. Must be above 0: greedy decoding is <see cref="TopK"/> = 1.</summary>
    public double Temperature { get; init; } = 1;

    /// <summary>Keeps the k most likely tokens; 0 (the default) keeps all.</summary>
    public int TopK { get; init; }

    /// <summary>
    /// Then keeps the shortest prefix by falling probability whose mass reaches this; 1 (the default) keeps all.
    /// </summary>
    public double TopP { get; init; } = 1;

    /// <summary>
    /// Then keeps the tokens whose probability is at least this share of the largest one; 0 (the default) keeps all.
    /// </summary>
    public double MinP { get; init; }

    /// <summary>
    /// K: how many tokens a step holds, the most likely of those left; 0 (the default) for as many as <see cref="TopK"/>. More of
    /// them than tokens are left stay closed, which changes nothing but for laws that fill them.
    /// </summary>
    public int Slots { get; init; }

    /// <summary>True where every token is kept.</summary>
    public bool KeepsAll => TopK <= 0 && TopP >= 1 && MinP <= 0 && Slots <= 0;

    /// <summary>
    /// True where kept sets are small enough to be stored with their step, so that the step is scored on them, exactly.
    /// </summary>
    public bool IsStored => (Slots > 0 ? Slots : TopK) is > 0 and <= LargestStored;

    /// <summary>How many tokens a step of this filter can hold.</summary>
    public int Width(int vocabulary) => Slots > 0 ? Math.Min(Slots, vocabulary) : Candidates(vocabulary);

    /// <summary>How many of the most likely tokens are looked at.</summary>
    internal int Candidates(int vocabulary) => TopK <= 0 ? vocabulary : Math.Min(TopK, vocabulary);

    /// <summary>Applies the filter.</summary>
    /// <param name="logits">(B, V), single precision or better.</param>
    /// <returns>The kept sets, by falling probability.</returns>
    public Support Apply(Tensor logits)
    {
        using var scope = NewDisposeScope();
        var vocabulary = (int)logits.shape[1];
        var (candidates, width) = (Candidates(vocabulary), Width(vocabulary));
        if (TopP >= 1) candidates = Math.Min(candidates, width); // no mass need be known but of what is kept
        var scaled = Temperature == 1 ? logits : logits.mul(Scalars.Of(1 / Temperature));
        var (values, ids) = scaled.topk(candidates); // (B, C)
        var logP = values.log_softmax(-1);
        var kept = TopP >= 1 ? ones_like(ids, ScalarType.Bool) : MassBefore(logP.exp()).lt(Scalars.Of(TopP)); // (B, C)
        if (MinP > 0) kept = kept.logical_and(values.sub(values.narrow(1, 0, 1)).ge(Scalars.Of(Math.Log(MinP))));
        if (candidates > width) (values, ids, kept) = (Cut(values, width), Cut(ids, width), Cut(kept, width)); // (B, K)
        if (candidates < width)
        {
            values = Fill(values, width, Scalars.MinusInfinity); // (B, K)
            (ids, kept) = (Fill(ids, width, Scalars.OfLong(0)), Fill(kept, width, Scalars.OfLong(0)));
        }
        if (TopP < 1 || MinP > 0 || candidates != width)
            logP = values.masked_fill(kept.logical_not(), Scalars.MinusInfinity).log_softmax(-1);
        return new Support(ids.MoveToOuterDisposeScope(), kept.MoveToOuterDisposeScope(), logP.MoveToOuterDisposeScope());
    }

    /// <summary>The row form: how many of the leading candidates are kept.</summary>
    /// <param name="scaled">Logits over the temperature by falling value: the first of the candidates, or all.</param>
    /// <param name="total">Σ e^(x − largest) of all candidates.</param>
    /// <returns>At least 1, and all that are given where no rule closes one of them.</returns>
    internal int Keep(ReadOnlySpan<float> scaled, double total)
    {
        var (count, top) = (scaled.Length, scaled[0]);
        if (TopP < 1)
        {
            var mass = 0.0;
            for (var i = 0; i < count; i++)
            {
                var p = (float)(MathF.Exp(scaled[i] - top) / total);
                mass += p;
                if (!((float)mass - p < (float)TopP)) count = i; // in single precision, as the tensor form rounds
            }
        }
        for (var floor = (float)Math.Log(MinP); MinP > 0 && count > 0 && !(scaled[count - 1] - top >= floor);) count--;
        return Math.Max(1, count);
    }

    private static Tensor Cut(Tensor x, int width) => x.narrow(1, 0, width).contiguous();

    private static Tensor Fill(Tensor x, int width, Scalar value) =>
        cat([x, x.new_full([x.shape[0], width - x.shape[1]], value, x.dtype)], 1);

    /// <summary>Probability of what stands before each slot: 0 for the first, so that one token is always kept.</summary>
    private static Tensor MassBefore(Tensor p) => p.cumsum(-1).sub(p);
}

/// <summary>The kept tokens of B steps, by falling probability.</summary>
/// <param name="Ids">(B, K) int64.</param>
/// <param name="Kept">(B, K) bool: false for slots that top-p closed.</param>
/// <param name="LogP">(B, K): log-probabilities renormalised over the kept slots; −∞ elsewhere.</param>
public sealed record Support(Tensor Ids, Tensor Kept, Tensor LogP)
{
    /// <summary>(V, D): the embedding table, for laws that ask for it (<see cref="StepLaw.NeedsEmbedding"/>).</summary>
    public Tensor? Embedding { get; init; }

    /// <summary>(B) int64: the number of each row's rollout in its group, for laws that draw by it.</summary>
    public Tensor? Members { get; init; }

    /// <summary>(B, V): log-probabilities of the whole vocabulary at the filter's temperature, for the same laws.</summary>
    public Tensor? FullLogP { get; init; }
}
