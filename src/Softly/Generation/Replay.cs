using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Plays back: pushes recorded rollouts through a model in one forward pass and reads the log-density of every step. The inputs
/// are rebuilt from the record, so a fresh rollout's ratio is 1. Soft steps need only the stored rows of the output head;
/// discrete steps go through <see cref="TokenLogP"/>, so logits of shape (steps, V) never stand in memory whole.
/// </summary>
public static class Replay
{
    /// <summary>
    /// Heads no larger than this are multiplied whole and read at the stored ids: gathering rows would cost more.
    /// </summary>
    private const int SmallVocabulary = 1024;

    /// <summary>The log-density of every step under a model.</summary>
    /// <param name="model">The policy, or the frozen reference.</param>
    /// <param name="batch">Recorded rollouts.</param>
    /// <param name="attachInputs">
    /// Lets gradients flow through the input embeddings of prompts and thoughts. Default false, as in all published density
    /// methods: a thought is data of the environment once drawn.
    /// </param>
    /// <returns>(N), in the batch's order of steps.</returns>
    public static Tensor LogDensities(Decoder model, RolloutBatch batch, bool attachInputs = false)
    {
        using var scope = NewDisposeScope();
        Tensor inputs;
        if (attachInputs) inputs = model.Embed(batch.Ids, batch.Weights);
        else
            using (no_grad()) inputs = model.Embed(batch.Ids, batch.Weights); // (B, T, D)
        var hidden = (batch.Segments is { } segments ? model.Forward(inputs, batch.Positions!, segments) : model.Forward(inputs))
            .reshape(-1, model.Config.HiddenSize); // (B·T, D)

        var sampling = batch.Sampling;
        var parts = new List<Tensor>(3);
        if (batch.Soft is { } soft)
            parts.Add(
                sampling.Law!.LogDensity(soft.Values, soft.Kept, OnSupport(model, hidden, soft, sampling.Thinking.Temperature)));
        if (batch.OnSupport is { } chosen)
            parts.Add(new Categorical()
                .LogDensity(chosen.Values, chosen.Kept, OnSupport(model, hidden, chosen, sampling.Answer.Temperature)));
        if (batch.HardRows is { } rows)
        {
            var predicting = hidden.index_select(0, rows); // (N₂, D)
            // (h / T) · W = logits / T: a temperature for every step, without touching the logits.
            if (batch.HardScales is { } scales) predicting = predicting.mul(scales.to(model.Type));
            parts.Add(TokenLogP.Of(predicting, model.Head, batch.HardTokens!));
        }
        var joined = parts.Count == 1 ? parts[0] : cat(parts);
        return joined.index_select(0, batch.Order).MoveToOuterDisposeScope(); // (N)
    }

    /// <summary>Log-probabilities renormalised over the stored sets, (M, K).</summary>
    private static Tensor OnSupport(Decoder model, Tensor hidden, RolloutBatch.SupportSteps steps, double temperature)
    {
        var rows = hidden.index_select(0, steps.Rows); // (M, D)
        Tensor logits;
        if (model.Config.VocabularySize <= SmallVocabulary) logits = nn.functional.linear(rows, model.Head).gather(1, steps.Ids);
        else
        {
            var head = model.Head.index_select(0, steps.Ids.reshape(-1))
                .reshape(steps.Ids.shape[0], steps.Ids.shape[1], -1); // (M, K, D)
            logits = bmm(head, rows.unsqueeze(2)).squeeze(2);
        }
        return StepLaw.Renormalized(logits.to(TokenLogP.Wide(model.Type)), steps.Kept, temperature); // (M, K)
    }
}
