using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by the density of the mixture itself, y = softmax(g′/τ) on the simplex
/// (Concrete distribution, arXiv 1611.00712, eq. 10): Σ log p − k·ln Σ p·e^(−g′), up to what does not depend on the policy.
/// The common shift of g′ never reaches the model and is not paid for: the log-ratio is ΣD − k·ln Σ w·e^D with
/// w ∝ p·e^(−g′), free of τ. The score 1 − k·w is the mean of the Gumbel score over that shift.
/// </summary>
/// <param name="tau">τ: temperature of the mixture.</param>
[Law("concrete", nameof(LawSettings.Tau))]
public sealed class Concrete(double tau = GumbelSoftmax.PaperTau) : StepLaw
{
    /// <summary>Nodes of the divergence's integral: [−45, 45] in steps of 1/2, on a scale of logarithms.</summary>
    private static readonly double[] Nodes = [.. Enumerable.Range(-90, 181).Select(i => i / 2.0)];

    private static readonly Scalar Step = Scalars.Of(0.5);

    private readonly GumbelSoftmax _draws = new(tau);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Concrete(settings.Tau ?? GumbelSoftmax.PaperTau);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(_draws.Tau);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => _draws.Draw(support, uniforms);

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _draws.Weights(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) => Of(record, logP);

    /// <summary>Σ log p − k·ln Σ p·e^(−g′) over the kept slots, (N).</summary>
    internal static Tensor Of(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var closed = record.Kept.logical_not();
        var log = Closed(logP, record.Kept); // (N, K)
        var exponents = log.sub(Closed(record.Values, record.Kept)).masked_fill(closed, Scalars.MinusInfinity);
        var k = record.Kept.sum(-1, type: log.dtype);
        return log.sum(-1).sub(k.mul(exponents.logsumexp(-1))).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms) => _draws.DrawRow(row, uniforms);

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => Of(row, logP);

    /// <summary>Σ log p − k·ln Σ p·e^(−g′) over the kept slots of one row.</summary>
    internal static double Of(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var (sum, top, k) = (0.0, double.NegativeInfinity, 0);
        for (var i = 0; i < logP.Length; i++)
        {
            if (!row.Kept[i]) continue;
            sum += logP[i];
            top = Math.Max(top, logP[i] - row.Values[i]);
            k++;
        }
        var shares = 0.0;
        for (var i = 0; i < logP.Length; i++)
            if (row.Kept[i]) shares += Math.Exp(logP[i] - row.Values[i] - top);
        return sum - (k * (top + Math.Log(shares)));
    }

    /// <summary>k(k − 1)/(k + 1), whatever p: w is uniform on the simplex.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => p.Count * (p.Count - 1.0) / (p.Count + 1);

    /// <summary>
    /// k·E[ln Σ tᵢxᵢ] − ΣD with x = q/p, D = ln x and t uniform on the simplex. The mean is the integral over v of
    /// (1 + e^v)^(−k) − Π (1 + xᵢe^v)^(−1), which the trapezoidal rule gives to some 1e-15: equal and nearly equal x do
    /// not cancel, as they do in the divided difference that it also is.
    /// </summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var kept = record.Kept.to(ScalarType.Float64); // (N, K)
        var k = kept.sum(-1, keepdim: true);           // (N, 1)
        var d = Closed(logQ, record.Kept).sub(Closed(logP, record.Kept)).to(ScalarType.Float64);
        d = d.sub(d.sum(-1, keepdim: true).div(k)).mul(kept); // a common factor of x changes nothing: centred
        var v = Scalars.Upload(Nodes, kept.device, Nodes.Length); // (S)
        var flat = Softplus(v).unsqueeze(0).mul(k).neg().exp(); // (N, S)
        var product = Softplus(d.unsqueeze(1).Plus(v.view(1, -1, 1))).mul(kept.unsqueeze(1)).sum(-1)
            .neg().exp(); // (N, S)
        var mean = flat.sub(product).sum(-1).mul(Step); // (N)
        return mean.mul(k.squeeze(-1)).sub(d.sum(-1)).to(logP.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>ln(1 + e^x).</summary>
    private static Tensor Softplus(Tensor x) => x.clamp_min(Zero).Plus(x.abs().neg().exp().log1p());
}
