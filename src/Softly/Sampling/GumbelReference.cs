using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Sampling;

/// <summary>
/// What the published SofT-GRPO code computes in place of the paper's eqs. 8–12, for comparison with its numbers. The noise is
/// clamped to [−1.5, 3]; log p is log(p + 1e-6); slots that top-p closed are filled with the lowest unused token ids and are
/// scored too; the log-density is the mean, over components whose <em>current</em> log p is above −3, of −e − e^(−e) with
/// e = clamp(g′ − log p, −1.5, 3). The scale of the noise is not part of it.
/// </summary>
/// <remarks>
/// No density of its draws: the mean ratio is not 1 and the mean score not 0. Ratios jump where a component passes the mask's
/// border, and a component on the clamp has no gradient. With no component above the mask it is NaN, as published; the update
/// is then skipped. docs/algorithms/soft-grpo-reference.md has the rest.
/// </remarks>
/// <param name="tau">τ: temperature of the mixture.</param>
/// <param name="noiseScale">The published noise_factor.</param>
[Law("gumbel-reference", nameof(LawSettings.Tau), nameof(LawSettings.NoiseScale))]
public sealed class GumbelReference(double tau = GumbelSoftmax.PaperTau, double noiseScale = 1) : StepLaw
{
    private const double Floor = 1e-6;
    private static readonly Scalar Low = Scalars.Of(-1.5), High = Scalars.Of(3), Border = Scalars.Of(-3);

    private readonly GumbelSoftmax _settings = new(tau, noiseScale);

    /// <summary>As a recipe asks for it.</summary>
    public static StepLaw From(LawSettings settings) =>
        new GumbelReference(settings.Tau ?? GumbelSoftmax.PaperTau, settings.NoiseScale ?? 1);

    /// <inheritdoc />
    public override StepLaw WithoutNoise() => GumbelLadder.Still(_settings.Tau);

    /// <inheritdoc />
    public override bool IsExact => false;

    /// <inheritdoc />
    public override ThoughtRecord Draw(Support support, Tensor uniforms) => Published.Record(support, Noisy(support, uniforms));

    /// <summary>g′, (B, K): slots without probability have log 1e-6.</summary>
    private Tensor Noisy(Support support, Tensor uniforms)
    {
        using var scope = NewDisposeScope();
        var noise = Gumbel(uniforms, support.LogP.dtype).clamp(Low, High);
        return LogP(support.LogP).Plus(noise.Times(_settings.NoiseScale)).MoveToOuterDisposeScope();
    }

    /// <inheritdoc />
    public override Tensor Weights(ThoughtRecord record) => _settings.Weights(record);

    /// <inheritdoc />
    public override Tensor LogDensity(ThoughtRecord record, Tensor logP)
    {
        using var scope = NewDisposeScope();
        var log = LogP(logP); // (N, K)
        return Of(Closed(record.Values, record.Kept).sub(log), log, record.Kept).MoveToOuterDisposeScope(); // (N)
    }

    /// <inheritdoc />
    public override bool HasRowForm => true;

    /// <inheritdoc />
    public override int DrawRow(in ThoughtRow row, ReadOnlySpan<double> uniforms)
    {
        Published.Fill(row);
        for (var i = 0; i < row.Values.Length; i++)
            row.Values[i] = Log(row.LogP[i])
                + (Math.Clamp(RowMath.Gumbel(uniforms[i]), -1.5f, 3f) * (float)_settings.NoiseScale);
        var winner = RowMath.Largest(row.Values);
        GumbelSoftmax.Mixture(row, _settings.Tau);
        return winner;
    }

    /// <inheritdoc />
    public override double LogDensityRow(in ThoughtRow row, ReadOnlySpan<float> logP)
    {
        var (sum, counted) = (0.0, 0);
        for (var i = 0; i < logP.Length; i++)
        {
            var log = Log(logP[i]);
            if (!row.Kept[i] || !(log > -3)) continue;
            var e = Math.Clamp(row.Values[i] - log, -1.5f, 3f);
            sum -= e + MathF.Exp(-e);
            counted++;
        }
        return sum / counted;
    }

    private static float Log(float logP) => MathF.Log(MathF.Exp(logP) + (float)Floor);

    /// <summary>
    /// What the published sampler reports of a thought, for comparison with its logs; its training never uses it. It is that of
    /// the noise before its scale, and of the policy that drew: filler slots have no probability here, and in
    /// <see cref="LogDensity"/> they have some.
    /// </summary>
    /// <returns>(N).</returns>
    public Tensor SamplerLogDensity(ThoughtRecord record)
    {
        using var scope = NewDisposeScope();
        var log = LogP(record.LogP); // (N, K)
        var noise = Closed(record.Values, record.Kept).sub(log).Times(1 / _settings.NoiseScale); // (N, K)
        return Of(noise, log, record.Kept).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>log(p + 1e-6), (N, K).</summary>
    internal static Tensor LogP(Tensor logP)
    {
        using var scope = NewDisposeScope();
        return logP.exp().Plus(Floor).log().MoveToOuterDisposeScope();
    }

    private static Tensor Of(Tensor noise, Tensor log, Tensor kept)
    {
        using var scope = NewDisposeScope();
        var e = noise.clamp(Low, High); // (N, K)
        var counted = log.detach().gt(Border).logical_and(kept);
        return Published.Mean(e.Plus(e.neg().exp()).neg(), counted).MoveToOuterDisposeScope(); // (N)
    }
}
