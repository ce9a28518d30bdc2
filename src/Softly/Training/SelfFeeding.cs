using Softly.Models;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// Thoughts of a warm start that are as noisy and as leaky as those of a rollout. In some updates the first thoughts of lessons
/// that think in sets are not the demonstrated sets but the model's own mixtures, drawn one after the other as a rollout draws
/// them; what the model should say stays the demonstrated sets. So it learns to go on from what it thinks, and not only from
/// what it should have thought. Demonstrated sets get the same noise.
/// </summary>
public sealed record SelfFeeding
{
    /// <summary>The share of updates in which the model reads itself, 0 to 1. Default 0: never.</summary>
    public double Share { get; init; }

    /// <summary>
    /// The share of all updates before the first of them, from 0 to below 1: the model must have learned to think first. Default
    /// 0.25.
    /// </summary>
    public double After { get; init; } = 0.25;

    /// <summary>τ of mixtures, above 0. Default 1.</summary>
    public double Tau { get; init; } = 1;

    /// <summary>
    /// An update's κ is uniform from 0 to this: the scale of the noise on own mixtures and on demonstrated sets. Default 0.5.
    /// </summary>
    public double Noise { get; init; } = 0.5;

    /// <summary>The tokens an own mixture is made of. Default: the 10 most likely.</summary>
    public SupportFilter Thinking { get; init; } = new() { TopK = 10 };

    /// <summary>What cannot work, one sentence each; empty when all is well.</summary>
    public IEnumerable<string> Problems()
    {
        if (!(Share is >= 0 and <= 1)) yield return $"the share of self-fed updates is {Share}: expected a number from 0 to 1";
        if (!(After is >= 0 and < 1))
            yield return $"self-feeding begins after {After} of the updates: expected a share from 0 to below 1";
        if (!(Tau > 0 && double.IsFinite(Tau))) yield return $"the mixtures' temperature is {Tau}: expected a number above 0";
        if (!(Noise >= 0 && double.IsFinite(Noise))) yield return $"the noise's scale is {Noise}: expected a number of at least 0";
    }

    /// <summary>softmax((log w + κ·ε)/τ) with a Gumbel(0, 1) number ε a component; one of weight 0 keeps it.</summary>
    /// <param name="logWeights">K: log w, −∞ for a component that is not there; one at least is.</param>
    /// <param name="noise">κ; 0 for none.</param>
    /// <param name="random">K numbers are taken, whatever κ is.</param>
    /// <returns>K weights that sum to 1.</returns>
    internal float[] Mixture(ReadOnlySpan<double> logWeights, double noise, Random random)
    {
        var values = new double[logWeights.Length];
        for (var i = 0; i < values.Length; i++)
        {
            var gumbel = -Math.Log(-Math.Log(Math.Max(random.NextDouble(), 1e-12)));
            values[i] = (logWeights[i] + (noise * gumbel)) / Tau;
        }
        var largest = values.Max();
        var total = values.Sum(v => Math.Exp(v - largest));
        return [.. values.Select(v => (float)(Math.Exp(v - largest) / total))];
    }

    /// <summary>
    /// Replaces the first thoughts of lessons that think in sets by the model's own, thought by thought: each is drawn from what
    /// the model says after those before it. A thought stays one whatever token leads it; only the demonstration ends thinking.
    /// </summary>
    /// <param name="model">Who thinks.</param>
    /// <param name="batch">Changed in place.</param>
    /// <param name="depth">How many thoughts of each lesson are its own; the others stay demonstrated ones.</param>
    /// <param name="noise">κ.</param>
    /// <param name="random">Of the noise.</param>
    internal void Feed(Decoder model, LessonBatch batch, int depth, double noise, Random random)
    {
        using var off = no_grad();
        for (var thought = 0; thought < depth; thought++)
        {
            var thinking = batch.ThinkingAt(thought);
            if (thinking.Count == 0) return;
            using var scope = NewDisposeScope();
            var before = thinking.Select(l => (long)batch.At(l, batch.ThoughtPosition(l, thought) - 1)).ToArray();
            var hidden = batch.Forward(model).index_select(0, Scalars.Upload(before, model.Device, before.Length)); // (L, D)
            var support = Thinking.Apply(nn.functional.linear(hidden, model.Head).to(ScalarType.Float32));          // (L, K)
            var ids = support.Ids.cpu().contiguous().data<long>().ToArray();
            var logP = support.LogP.to(ScalarType.Float64).cpu().contiguous().data<double>().ToArray();
            var k = ids.Length / before.Length;
            for (var i = 0; i < before.Length; i++)
                batch.Replace(
                    thinking[i], batch.ThoughtPosition(thinking[i], thought), ids.AsSpan(i * k, k),
                    Mixture(logP.AsSpan(i * k, k), noise, random));
        }
    }
}
