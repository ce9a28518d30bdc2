using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// Normal noise on the next input itself (Butt et al., "Soft Tokens, Hard Truths", arXiv 2509.19170, section 3): h = pE + σ·n
/// with n ~ N(0, I_D), where p is the distribution over the kept set and E the embedding rows of its tokens. The log-density is
/// −‖h − pE‖²/2σ² − D·ln σ − (D/2)·ln 2π, with the gradient through p; the rows are data.
/// </summary>
/// <remarks>
/// σ is <paramref name="share"/> of the root mean square of the embedding table's entries, of the table as it is at the draw. The
/// record is h and then σ, (N, D + 1), so that a replay has the rollout's input and σ after the table has moved. Nothing is fed
/// by weights. The paper mixes the whole vocabulary at temperature 0.5; here the kept set and temperature of the thinking filter
/// do. A thought stands in the text as its likeliest token, which no noise moves: thinking ends where that is the token that ends
/// it.
/// </remarks>
/// <param name="share">σ as a share of the embedding's root mean square. The paper's is 0.33.</param>
[Law("gaussian-embedding", nameof(LawSettings.Sigma))]
public sealed class GaussianEmbedding(double share = GaussianEmbedding.PaperShare) : StepLaw
{
    /// <summary>The paper's share.</summary>
    public const double PaperShare = 0.33;

    /// <summary>σ as a share of the embedding's root mean square.</summary>
    public double Share { get; } = GaussianLogits.PositiveSigma(share);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) => new GaussianEmbedding(settings.Sigma ?? PaperShare);

    /// <inheritdoc />
    public override bool IsExact => true;

    /// <inheritdoc />
    public override bool NeedsEmbedding => true;

    /// <inheritdoc />
    public override int? OwnValues(int hidden) => hidden + 1;

    /// <inheritdoc />
    public override int UniformCount(int kept, int hidden) => hidden;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var (type, table) = (support.LogP.dtype, support.Embedding!); // (V, D)
        var (b, k, d) = (support.Ids.shape[0], support.Ids.shape[1], table.shape[1]);
        var sigma = RootMeanSquare(table).to(type).Times(Share); // ()
        var rows = table.index_select(0, support.Ids.reshape(-1)).reshape(b, k, d); // (B, K, D)
        var noise = InverseCdf.Normal(uniforms.narrow(1, 0, d), type).mul(sigma); // (B, D)
        var values = cat([Mean(support.LogP, support.Kept, rows).Plus(noise), sigma.expand(b, 1)], 1); // (B, D + 1)
        return ThoughtRecord.Of(support, values.MoveToOuterDisposeScope());
    }

    /// <summary>The likeliest kept token.</summary>
    public override Tensor Winner(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        return record.P().argmax(-1).MoveToOuterDisposeScope();
    }

    /// <summary>0 everywhere: the input is the vector alone.</summary>
    public override Tensor Weights(ThoughtRecord record) => zeros_like(record.LogP);

    /// <summary>h.</summary>
    public override Tensor? Vectors(ThoughtRecord record) => H(record);

    /// <inheritdoc />
    public override bool AddsVectors => true;

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var sigma = Sigma(record); // (N)
        var off = H(record).to(logP.dtype).sub(Mean(logP, record.Kept, record.Rows!)).div(sigma.unsqueeze(1)); // (N, D)
        var d = off.shape[1];
        return off.Squared().sum(-1).Times(-0.5).sub(sigma.log().Times(d).Plus(d * GaussianLogits.HalfLogTwoPi)) // (N)
            .to(logP.dtype).MoveToOuterDisposeScope();
    }

    /// <summary>‖(p − q)E‖²/2σ², with the σ of the record and one table, the policy's, for both.</summary>
    public override Tensor? Divergence(ThoughtRecord record, Tensor logP, Tensor logQ)
    {
        using var scope = NewDisposeScope();
        var off = Mean(logP, record.Kept, record.Rows!).sub(Mean(logQ, record.Kept, record.Rows!)); // (N, D)
        return off.div(Sigma(record).unsqueeze(1)).Squared().sum(-1).Times(0.5).to(logP.dtype).MoveToOuterDisposeScope(); // (N)
    }

    private static Tensor H(ThoughtRecord record) => record.Values.narrow(1, 0, record.Values.shape[1] - 1); // (N, D)

    private static Tensor Sigma(ThoughtRecord record) => record.Values.select(1, record.Values.shape[1] - 1); // (N)

    /// <summary>pE, (N, D), in the type of logP.</summary>
    private static Tensor Mean(Tensor logP, Tensor kept, Tensor rows)
    {
        using var scope = NewDisposeScope();
        return GaussianProbabilities.P(logP, kept).unsqueeze(1).bmm(rows.to(logP.dtype)).squeeze(1).MoveToOuterDisposeScope();
    }

    /// <summary>Of all entries of the table; one pass over it, no copy. ().</summary>
    private static Tensor RootMeanSquare(Tensor table)
    {
        using var scope = NewDisposeScope();
        return table.norm().Times(1 / Math.Sqrt(table.NumberOfElements)).MoveToOuterDisposeScope();
    }
}
