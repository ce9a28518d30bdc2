using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// A mixture drawn as a whole: next input y ~ Dir(α·p) on the kept set (stochastic soft thinking's second law; CoT2, arXiv
/// 2505.23648; the Dirichlet ablation of SofT-GRPO, arXiv 2511.06411, section 5.2). Its mean is p at every α. The record is log
/// y, so that weights too small for a number keep their density; the log-density is ln Γ(α) + Σᵢ (aᵢ·log yᵢ − ln Γ(aᵢ)) with a =
/// α·p. (That of y on the simplex has −Σ log yᵢ besides, which no policy moves and which would drown the rest in single
/// precision.)
/// </summary>
/// <remarks>
/// The published ablation scores unnormalised Gamma draws instead, clamped, masked and averaged: see <see cref="Gamma"/>. The
/// largest weight does not follow p.
/// </remarks>
/// <param name="concentration">
/// α: the deviation of a weight is √(p(1 − p)/(α + 1)). 1, as in the published code (its curves are of 4 and of 1), is close to one token; larger is closer to
/// p.
/// </param>
[Law("dirichlet", nameof(LawSettings.Concentration))]
public sealed class Dirichlet(double concentration = 1) : StepLaw
{
    /// <summary>α.</summary>
    public double Concentration { get; } = Gamma.Positive(concentration);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Dirichlet(settings.Concentration ?? 1);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <summary>Two a slot.</summary>
    public override int UniformCount(int kept, int hidden) => 2 * kept;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var values = Gamma.LogDraw(support, uniforms, Concentration).log_softmax(-1).to(support.LogP.dtype); // (B, K)
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => record.Values.softmax(-1);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var values = Closed(record.Values, record.Kept).to(ScalarType.Float64); // (N, K)
        var shape = Gamma.Shape(logP, record.Kept, Concentration); // (N, K)
        var terms = Closed(Gamma.LogPower(values, shape), record.Kept); // (N, K)
        // Σa and not α: the same for probabilities, and it makes the gradient by log p the law's own as well.
        var sum = Closed(shape, record.Kept).sum(-1); // (N)
        return sum.lgamma().Plus(terms.sum(-1)).to(logP.dtype).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>That of <see cref="Gamma"/>: the two scores by the logits are one.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Gamma.Variance(p, Concentration);

    /// <summary>
    /// Σᵢ ((aᵢ − bᵢ)·ψ(aᵢ) − ln Γ(aᵢ) + ln Γ(bᵢ)) with a = α·p and b = α·q: the terms in Σa and Σb cancel, both sums being α.
    /// </summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) =>
        Gamma.Between(record.Kept, logP, logQ, Concentration);
}
