using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Independent Gamma draws xᵢ ~ Gamma(α·pᵢ, 1) on the kept set, next input x/Σx: what the Dirichlet ablation of SofT-GRPO (arXiv
/// 2511.06411, section 5.2) samples and scores. The record is log x; its log-density is Σᵢ (aᵢ·log xᵢ − xᵢ − ln Γ(aᵢ)) with a =
/// α·p, which is that of log x. (That of x has −Σ log xᵢ besides, which no policy moves: at unlikely tokens log x is −1/p or so,
/// and would drown the rest in single precision.)
/// </summary>
/// <remarks>
/// Σx does not depend on the policy, so ratio and score are those of <see cref="Dirichlet"/>. The published code averages over
/// the components with p above 0.05 and clamps each log-density to [−5, 3], has no concentration but 1, draws filler slots of
/// shape 0, and trains on softmax(x/τ) in place of x/Σx. None of that is done here. Shapes are kept above 1e-30.
/// </remarks>
/// <param name="concentration">
/// α: larger is closer to the mixture by p. 1, the published ablation's, is close to one token.
/// </param>
[Law("gamma", nameof(LawSettings.Concentration))]
public sealed class Gamma(double concentration = 1) : SeparableLaw
{
    /// <summary>α.</summary>
    public double Concentration { get; } = Positive(concentration);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Gamma(settings.Concentration ?? 1);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <summary>Two a slot.</summary>
    public override int UniformCount(int kept, int hidden) => 2 * kept;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var values = LogDraw(support, uniforms, Concentration).to(support.LogP.dtype); // (B, K)
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => record.Values.softmax(-1);

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var values = Closed(record.Values, record.Kept).to(ScalarType.Float64); // (N, K)
        var terms = LogPower(values, Shape(logP, record.Kept, Concentration)).sub(values.exp()); // (N, K)
        return Closed(terms, record.Kept).to(logP.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>Independent components of variance a²·ψ′(a), which is near 1 for small a and near a for large.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => Variance(p, Concentration);

    /// <summary>Σᵢ ((aᵢ − bᵢ)·ψ(aᵢ) − ln Γ(aᵢ) + ln Γ(bᵢ)) with a = α·p and b = α·q.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) =>
        Between(record.Kept, logP, logQ, Concentration);

    /// <summary>log x of fresh draws, (B, K) float64; −∞ in slots that are not kept.</summary>
    internal static Tensor LogDraw(Support support, Tensor uniforms, double concentration)
    {
        using var scope = NewDisposeScope();
        var k = support.Ids.shape[1];
        var numbers = uniforms.to(ScalarType.Float64); // (B, 2K)
        var shape = Shape(support.LogP, support.Kept, concentration); // (B, K)
        return InverseCdf.LogGamma(shape, numbers.narrow(1, 0, k), numbers.narrow(1, k, k))
            .masked_fill(support.Kept.logical_not(), Scalars.MinusInfinity).MoveToOuterDisposeScope(); // (B, K)
    }

    /// <summary>α·p in double precision, at least 1e-30; 1 in slots that are not kept. (N, K).</summary>
    internal static Tensor Shape(Tensor logP, Tensor kept, double concentration)
    {
        using var scope = NewDisposeScope();
        return Closed(logP, kept).to(ScalarType.Float64).exp().Times(concentration).clamp_min(Least)
            .masked_fill(kept.logical_not(), Scalars.One).MoveToOuterDisposeScope();
    }

    /// <summary>a·log x − ln Γ(a), (N, K).</summary>
    internal static Tensor LogPower(Tensor logX, Tensor shape)
    {
        using var scope = NewDisposeScope();
        return shape.mul(logX).sub(shape.lgamma()).MoveToOuterDisposeScope();
    }

    /// <summary>The divergence of Gamma draws and, because Σα·p is α under every policy, of Dirichlet ones. (N).</summary>
    internal static Tensor Between(Tensor kept, Tensor logP, Tensor logQ, double concentration)
    {
        using var scope = NewDisposeScope();
        var (a, b) = (Shape(logP, kept, concentration), Shape(logQ, kept, concentration)); // (N, K)
        var terms = a.sub(b).mul(a.digamma()).sub(a.lgamma()).Plus(b.lgamma()); // (N, K)
        return terms.sum(-1).to(logP.dtype).MoveToOuterDisposeScope(); // (N); 0 in slots that are not kept
    }

    /// <summary>The trace of the score's covariance, of Gamma draws and of Dirichlet ones.</summary>
    internal static double Variance(IReadOnlyList<double> p, double concentration)
    {
        using var scope = NewDisposeScope();
        var a = Scalars.Upload(p.Select(x => Math.Max(concentration * x, InverseCdf.LeastShape)).ToArray(), CPU, p.Count); // (K)
        return OfIndependent(p, a.Squared().mul(a.polygamma(1)).data<double>().ToArray());
    }

    /// <summary>A concentration above 0.</summary>
    internal static double Positive(double concentration) => concentration > 0 ? concentration
        : throw new ArgumentOutOfRangeException(nameof(concentration), concentration, "the concentration must be above 0");

    private static readonly Scalar Least = Scalars.Of(InverseCdf.LeastShape);
}
