using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// A thought of nothing: the input is the zero vector, nothing is chosen, and the density is 1. The control for every claim that
/// thoughts carry something (pause tokens, arXiv 2310.02226): what it reaches is owed to the number of positions alone. Thinking
/// ends after a set number of thoughts.
/// </summary>
[Law("blank")]
public sealed class Blank : StepLaw
{
    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new Blank();

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override bool ThinksBlank => true;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => 1; // for the answer's step that may follow

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => ThoughtRecord.Of(support, support.LogP.alias());

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => zeros_like(record.LogP);

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        row.LogP.CopyTo(row.Values);
        row.Weights.Clear();
        return RowMath.Largest(row.Values);
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP) => 0;

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        return Closed(logP, record.Kept).sum(-1).mul(Zero).MoveToOuterDisposeScope(); // 0, and part of the graph
    }

    /// <summary>0: nothing is chosen.</summary>
    public override double? ScoreVariance(IReadOnlyList<double> p) => 0;

    /// <summary>0: there is one way to think of nothing.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ) => LogDensity(record, logP);
}
