using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>How wide a drawn step is, whatever its kind.</summary>
/// <param name="Slots">K.</param>
/// <param name="Values">C: K, or the law's own number.</param>
/// <param name="OwnValues">How many of them are a thought's where that is the law's own number; null where it is one a slot.</param>
/// <param name="Uniforms">Random numbers a step takes.</param>
/// <param name="Hidden">D: width of the embedding.</param>
internal sealed record StepLayout(int Slots, int Values, int? OwnValues, int Uniforms, int Hidden)
{
    public static StepLayout Of(SamplingOptions sampling, int vocabulary, int hidden)
    {
        var (law, kept) = (sampling.Law, sampling.Thinking.Width(vocabulary));
        var answer = sampling.Answer.IsStored ? sampling.Answer.Width(vocabulary) : 1;
        var slots = Math.Max(law?.Slots(kept) ?? 1, answer);
        var own = law?.OwnValues(hidden);
        var uniforms = Math.Max(law?.UniformCount(kept, hidden) ?? 1, answer);
        return new StepLayout(slots, own is { } count ? Math.Max(count, answer) : slots, own, uniforms, hidden);
    }
}

/// <summary>What was drawn for B rows at one position.</summary>
/// <param name="Tokens">(B) int64: tokens or winners.</param>
/// <param name="Kinds">(B) int64: <see cref="StepKind"/>.</param>
/// <param name="Ids">(B, K) int64.</param>
/// <param name="Kept">(B, K) bool.</param>
/// <param name="LogP">(B, K).</param>
/// <param name="Weights">(B, K): what is fed next.</param>
/// <param name="Values">(B, C).</param>
/// <param name="Vectors">(B, D): what is added to it; null for nothing.</param>
/// <param name="LogDensity">(B).</param>
/// <param name="Entropy">(B).</param>
/// <param name="Mass">(B): probability of the kept tokens.</param>
internal sealed record Drawn(
    Tensor Tokens, Tensor Kinds, Tensor Ids, Tensor Kept, Tensor LogP, Tensor Weights, Tensor Values, Tensor? Vectors,
    Tensor LogDensity, Tensor Entropy, Tensor Mass)
{
    /// <summary>A plain token in the record's layout: slot 0 holds it with weight 1.</summary>
    /// <param name="tokens">(B).</param>
    /// <param name="kind">Hard, or forced: a forced token has no density.</param>
    /// <param name="logP">(B, V).</param>
    /// <param name="entropy">(B).</param>
    /// <param name="layout">How wide.</param>
    public static Drawn Plain(Tensor tokens, StepKind kind, Tensor logP, Tensor entropy, StepLayout layout)
    {
        var ids = tokens.unsqueeze(1); // (B, 1)
        var density = kind == StepKind.Forced ? zeros_like(entropy) : logP.gather(1, ids).squeeze(1); // (B)
        var zero = zeros_like(density).unsqueeze(1); // (B, 1)
        return new Drawn(tokens, Kind(tokens, kind), ids, ones_like(ids, ScalarType.Bool), zero, ones_like(zero), zero, null,
            density, entropy, ones_like(density)).Pad(layout);
    }

    public static Tensor Kind(Tensor like, StepKind kind) => full_like(like, Scalars.OfLong((long)kind), ScalarType.Int64);

    /// <summary>Closed slots up to the layout's width.</summary>
    public Drawn Pad(StepLayout layout)
    {
        static Tensor Fill(Tensor x, long width, Scalar value) => x.shape[1] == width
            ? x
            : cat([x, x.new_full([x.shape[0], width - x.shape[1]], value, x.dtype)], 1);
        return this with
        {
            Ids = Fill(Ids, layout.Slots, Scalars.OfLong(0)), Kept = Fill(Kept, layout.Slots, Scalars.OfLong(0)),
            LogP = Fill(LogP, layout.Slots, Scalars.MinusInfinity), Weights = Fill(Weights, layout.Slots, Scalars.Of(0)),
            Values = Fill(Values, layout.Values, Scalars.MinusInfinity),
        };
    }

    /// <summary>Row by row, <paramref name="a"/> where the mask (B) holds and <paramref name="b"/> elsewhere.</summary>
    public static Drawn Where(Tensor mask, Drawn a, Drawn b)
    {
        var wide = mask.unsqueeze(1);
        var vectors = (a.Vectors, b.Vectors) switch
        {
            (null, null) => null,
            ({ } x, null) => where(wide, x, zeros_like(x)),
            (null, { } y) => where(wide, zeros_like(y), y),
            ({ } x, { } y) => where(wide, x, y),
        };
        return new Drawn(
            where(mask, a.Tokens, b.Tokens), where(mask, a.Kinds, b.Kinds), where(wide, a.Ids, b.Ids),
            where(wide, a.Kept, b.Kept), where(wide, a.LogP, b.LogP), where(wide, a.Weights, b.Weights),
            where(wide, a.Values, b.Values), vectors, where(mask, a.LogDensity, b.LogDensity),
            where(mask, a.Entropy, b.Entropy), where(mask, a.Mass, b.Mass));
    }

    public Drawn MoveOut()
    {
        foreach (var t in new[] { Tokens, Kinds, Ids, Kept, LogP, Weights, Values, LogDensity, Entropy, Mass })
            t.MoveToOuterDisposeScope();
        Vectors?.MoveToOuterDisposeScope();
        return this;
    }
}
