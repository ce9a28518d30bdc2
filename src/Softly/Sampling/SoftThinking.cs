using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Soft thinking without noise (arXiv 2505.15778): the next input is the mixture of the kept tokens by their probabilities.
/// Deterministic, so it has no density and cannot be trained by policy gradient: for evaluation only.
/// </summary>
[Law("soft-thinking")]
public sealed class SoftThinking : StepLaw
{
    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new SoftThinking();

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override bool CanTrain => false;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => 1; // for the answer's step that may follow

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => ThoughtRecord.Of(support, support.LogP.alias());

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => record.Values.exp();

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        row.LogP.CopyTo(row.Values);
        for (var i = 0; i < row.Weights.Length; i++) row.Weights[i] = MathF.Exp(row.Values[i]);
        return RowMath.Largest(row.Values);
    }

    /// <inheritdoc />
    /// <exception cref="NotSupportedException">Always.</exception>
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP) =>
        throw new NotSupportedException("Soft thinking without noise has no density: "
            + "train with thinking_law: gumbel-softmax or gumbel-winner, and keep soft-thinking for evaluation.");
}
