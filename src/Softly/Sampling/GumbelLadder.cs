using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// <see cref="GumbelWinner"/> with a scale of noise for every member of a group: sure tries and bold ones side by side, from one
/// policy. A member's sample number says which rung of the ladder is its own, for all its thoughts and in every replay. A share
/// of the members may think in single tokens instead, drawn from the kept set as <see cref="Categorical"/> draws them.
/// </summary>
/// <remarks>
/// Members m = 0, 1, 2, …: m is discrete where ⌊(m + 1)·s⌋ is above ⌊m·s⌋, s being the discrete share. So the last of every
/// 1/s members is (s = 0.5: 1, 3, 5, …; s = 0.25: 3, 7, 11, …), and of every aligned block of b members with a whole b·s exactly
/// b·s are. The others take the rungs in turn, counted among themselves: the j-th of them has rung j modulo their number.
/// <para>
/// Where κ is 0 nothing is drawn: the thought is softmax(log p/τ), a function of the policy. Its log-density is 0 without a
/// gradient, and its ratio 1. A token by which such a member ends thinking was not drawn either, and is not scored.
/// </para>
/// </remarks>
[Law("gumbel-ladder", nameof(LawSettings.Tau), nameof(LawSettings.Ladder), nameof(LawSettings.DiscreteShare))]
public sealed class GumbelLadder : SeparableLaw
{
    /// <summary>The one rung of a law that names none: frontier-soft's κ.</summary>
    public const double DefaultScale = 0.4;

    /// <summary>So that a product such as 100 · 0.29 counts as whole.</summary>
    private const double Slack = 1e-9;

    private readonly double[] _ladder;

    /// <param name="tau">τ: temperature of the mixture, but of discrete members'.</param>
    /// <param name="ladder">
    /// Scales κ of the noise, one a rung, in the members' order, each 0 or at least 0.001; null for the one of 0.4.
    /// </param>
    /// <param name="discreteShare">The share of the members that think in single tokens, in [0, 1).</param>
    /// <exception cref="ArgumentException">One of them is out of range.</exception>
    public GumbelLadder(
        double tau = GumbelSoftmax.PaperTau, IReadOnlyList<double>? ladder = null, double discreteShare = 0)
    {
        Tau = GumbelSoftmax.CheckedTau(tau);
        _ladder = [.. ladder ?? [DefaultScale]];
        if (_ladder.Length == 0 || !_ladder.All(k => k == 0 || GumbelSoftmax.IsNoise(k)))
            throw new ArgumentException($"noise_ladder \"{string.Join(' ', _ladder)}\" needs one scale of noise or more, each "
                + $"0, or at least {GumbelSoftmax.LeastNoise}: \"0 0.2 0.45 0.7\"");
        DiscreteShare = discreteShare is >= 0 and < 1 ? discreteShare : throw new ArgumentException(
            $"discrete_share {discreteShare} must lie in [0, 1); for discrete members alone use thinking_law categorical");
    }

    /// <summary>τ, the temperature of the mixture.</summary>
    public double Tau { get; }

    /// <summary>Scales of the noise, one a rung.</summary>
    public IReadOnlyList<double> Ladder => _ladder;

    /// <summary>The share of the members that think in single tokens.</summary>
    public double DiscreteShare { get; }

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) =>
        new GumbelLadder(settings.Tau ?? GumbelSoftmax.PaperTau, settings.Ladder, settings.DiscreteShare ?? 0);

    /// <summary>softmax(log p/τ) and no noise; the likeliest token where τ is 0.</summary>
    /// <param name="tau">τ.</param>
    public static GumbelLadder Still(double tau) => new(tau, [0]);

    /// <summary>κ of a member, and whether it thinks in single tokens.</summary>
    /// <param name="member">Its sample number, from 0.</param>
    public (double Scale, bool Discrete) Rung(long member)
    {
        var before = (long)Math.Floor(member * DiscreteShare + Slack);
        return Math.Floor((member + 1) * DiscreteShare + Slack) > before
            ? (1, true)
            : (_ladder[(member - before) % _ladder.Length], false);
    }

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(Tau);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override bool Draws(long member) => Rung(member).Scale > 0;

    /// <inheritdoc />
    public override double WinnerScale(long member) => Rung(member).Scale;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var (scales, _) = Rungs(support.Members); // (B, 1)
        var noise = Gumbel(uniforms, support.LogP.dtype).mul(scales.to(support.LogP.dtype)); // (B, K)
        return ThoughtRecord.Of(support, support.LogP.Plus(noise).MoveToOuterDisposeScope());
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var (_, discrete) = Rungs(record.Members); // (N, 1)
        var mixture = GumbelSoftmax.Mixture(record.Values, Tau); // (N, K)
        return where(discrete, Categorical.OneHot(record.Values), mixture).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override bool HasSeveralTerms => false;

    /// <inheritdoc />
    public override Tensor Terms(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var (scales, _) = Rungs(record.Members); // (N, 1)
        var still = scales.eq(Zero); // (N, 1): nothing is drawn
        var by = scales.masked_fill(still, Scalars.One).reciprocal().to(logP.dtype); // (N, 1)
        // log p itself where κ is 1, to the bit: normalising it again would move its last digit.
        var winners = where(scales.eq(Scalars.One), logP, logP.mul(by).log_softmax(-1)); // (N, K)
        return winners.masked_fill(record.Kept.logical_not().logical_or(still), Zero).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Counts(ThoughtRecord record) => Categorical.OneHot(record.Values);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Categorical.OfWinner(record.Values, Terms(record, logP)).MoveToOuterDisposeScope(); // (N)
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        var (scale, discrete) = Rung(row.Member);
        GumbelSoftmax.Noisy(row, uniforms, (float)scale);
        var winner = RowMath.Largest(row.Values);
        GumbelSoftmax.Mixture(row, discrete ? 0 : Tau);
        return winner;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) =>
        Rung(row.Member).Scale is > 0 and var scale ? GumbelWinner.OfWinner(row, logP, scale) : 0;

    /// <summary>The mean over members: that of each rung's winner, 0 where nothing is drawn.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) =>
        (DiscreteShare * Categorical.Variance(p))
        + ((1 - DiscreteShare) * _ladder.Average(k => k == 0 ? 0 : GumbelWinner.Variance(p, k)));

    /// <summary>Σ q log(q/q′) of the member's winner's probabilities under the two policies; 0 where nothing is drawn.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        return Categorical.Between(record.Kept, Terms(record, logP), Terms(record, logQ)).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>κ (N, 1) float64 and whether discrete (N, 1) of members: <see cref="Rung"/> on their device.</summary>
    private (Tensor Scales, Tensor Discrete) Rungs(Tensor? members)
    {
        if (members is null)
            throw new InvalidOperationException($"{Name} draws by the members' numbers, and the record has none");
        var numbers = members.to(ScalarType.Float64); // (N)
        var before = numbers.Times(DiscreteShare).Plus(Slack).floor(); // (N)
        var discrete = numbers.Plus(1).Times(DiscreteShare).Plus(Slack).floor().gt(before); // (N)
        var rung = members.sub(before.to(ScalarType.Int64)).remainder(Scalars.OfLong(_ladder.Length)); // (N)
        var scales = Scalars.Upload(_ladder, members.device, _ladder.Length).index_select(0, rung); // (N)
        return (scales.masked_fill(discrete, Scalars.One).unsqueeze(1), discrete.unsqueeze(1));
    }
}
