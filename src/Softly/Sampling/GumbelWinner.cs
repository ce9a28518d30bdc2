using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// The draw of <see cref="GumbelSoftmax"/> scored by its winner alone: log p of the component with the largest g′. It is the
/// conditional mean of the full score given the winner, so it carries far less gradient noise; it is unbiased only as far as
/// the reward depends on the mixture through its winner, which at τ = 0.1 it nearly always does.
/// </summary>
/// <param name="tau">τ: temperature of the mixture.</param>
[Law("gumbel-winner")]
public sealed class GumbelWinner(double tau = 0.1) : GumbelSoftmax(tau)
{
    /// <summary>As a recipe asks for it.</summary>
    /// <exception cref="ArgumentException">Another noise scale than 1.</exception>
    public static new StepLaw From(LawSettings settings) =>
        settings.NoiseScale == 1 ? new GumbelWinner(settings.Tau) : throw NoScale("gumbel-winner");

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override Tensor LogDensity(Tensor values, Tensor kept, Tensor logP) => Categorical.OfWinner(values, logP);
}
