using Softly.Models;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Training;

/// <summary>
/// Thoughts that a model is fed in a warm start: in some updates its own mixtures stand in place of the demonstrated sets, drawn
/// one after the other as in a rollout, while the targets stay the demonstrated ones. Teacher-forced sets alone teach thoughts
/// that leak when the model must read what it thought itself (arXiv 2505.23648 trains so; spec of the set-valued tasks).
/// </summary>
public sealed record SelfFeeding
{
    /// <summary>The share of updates in which the model reads itself, 0 to 1. Default 0.</summary>
    public double Share { get; init; }

    /// <summary>The share of all updates before the first of them: the model must have learned to think first. Default 0.25.</summary>
    public double After { get; init; } = 0.25;

    /// <summary>τ of the mixtures. Default 1.</summary>
    public double Tau { get; init; } = 1;

    /// <summary>
    /// κ of an update is uniform from 0 to this: the noise on own mixtures and on demonstrated sets. Default 0.5.
    /// </summary>
    public double Noise { get; init; } = 0.5;

    /// <summary>The tokens an own mixture is made of. Default: the 10 most likely.</summary>
    public SupportFilter Thinking { get; init; } = new() { TopK = 10 };

    /// <summary>A law of rollouts with this much noise, or the least there is.</summary>
    internal StepLaw Law(double noise) =>
        noise > 0 ? new GumbelSoftmax(Tau, Math.Max(noise, GumbelSoftmax.LeastNoise)) : new SoftThinking();

    /// <summary>
    /// Replaces the first thoughts of lessons that think in sets by the model's own, thought by thought: each is drawn from what
    /// the model says after those before it.
    /// </summary>
    /// <param name="model">Who thinks.</param>
    /// <param name="batch">Changed in place.</param>
    /// <param name="depth">How many thoughts of each lesson are its own; the others stay demonstrated ones.</param>
    /// <param name="noise">κ.</param>
    /// <param name="random">Of the noise.</param>
    internal void Feed(Decoder model, LessonBatch batch, int depth, double noise, Random random)
    {
        using var off = no_grad();
        var law = Law(noise);
        for (var thought = 0; thought < depth; thought++)
        {
            var thinking = batch.ThinkingAt(thought);
            if (thinking.Count == 0) return;
            using var scope = NewDisposeScope();
            var at = Scalars.Upload(
                thinking.Select(l => (long)batch.At(l, batch.ThoughtPosition(l, thought) - 1)).ToArray(), model.Device,
                thinking.Count);
            var hidden = batch.Forward(model).index_select(0, at);                                    // (L, D)
            var logits = nn.functional.linear(hidden, model.Head).to(ScalarType.Float32);             // (L, V)
            var support = Thinking.Apply(logits);
            var (ids, weights) = Draw(law, support, random);
            int k = ids.Length / thinking.Count;
            for (var i = 0; i < thinking.Count; i++)
                batch.Replace(
                    thinking[i], batch.ThoughtPosition(thinking[i], thought), ids.AsSpan(i * k, k), weights.AsSpan(i * k, k));
        }
    }

    private static (long[] Ids, float[] Weights) Draw(StepLaw law, Support support, Random random)
    {
        int rows = (int)support.Ids.shape[0], k = (int)support.Ids.shape[1];
        var count = law.UniformCount(k, 0);
        var uniforms = new double[rows * count];
        for (var i = 0; i < uniforms.Length; i++) uniforms[i] = Math.Max(random.NextDouble(), 1e-12);
        var record = law.Draw(support, Scalars.Upload(uniforms, support.Ids.device, rows, count));
        var weights = law.Weights(record).to(ScalarType.Float32).masked_fill(support.Kept.logical_not(), Scalars.OfLong(0));
        return (support.Ids.cpu().data<long>().ToArray(), weights.cpu().data<float>().ToArray()); // (L, K)
    }
}
