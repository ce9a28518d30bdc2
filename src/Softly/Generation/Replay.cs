using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Plays back: pushes recorded rollouts through a model in one forward pass and reads the log-density of every step. The inputs
/// are rebuilt from the record, so a fresh rollout's ratio is 1. Soft steps need only the stored rows of the output head;
/// discrete steps go through <see cref="TokenLogP"/> or, packed, <see cref="FusedHead"/>, so logits of shape (steps, V) never stand in memory whole.
/// </summary>
public static class Replay
{
    /// <summary>
    /// Heads no larger than this are multiplied whole and read at the stored ids: gathering rows would cost more.
    /// </summary>
    private const int SmallVocabulary = 512;

    /// <summary>The log-density of every step under a model.</summary>
    /// <param name="model">The policy, or the frozen reference.</param>
    /// <param name="batch">Recorded rollouts.</param>
    /// <param name="attachInputs">
    /// Lets gradients flow through the input embeddings of prompts and thoughts. Default false, as in all published density
    /// methods: a thought is data of the environment once drawn.
    /// </param>
    /// <returns>(N), in the batch's order of steps.</returns>
    public static Tensor LogDensities(Decoder model, RolloutBatch batch, bool attachInputs = false) =>
        Scores(model, batch, ScoreNeeds.None, attachInputs: attachInputs).LogDensities;

    /// <summary>The log-density of every step under a model, and what else the loss asks for.</summary>
    /// <param name="model">The policy, or the frozen reference.</param>
    /// <param name="batch">Recorded rollouts.</param>
    /// <param name="needs">What else.</param>
    /// <param name="reference">The frozen model that divergences and anchors are taken to; needed for those alone.</param>
    /// <param name="attachInputs">As in <see cref="LogDensities"/>.</param>
    /// <exception cref="NotSupportedException">
    /// The law has no components, or no divergence in closed form: the message has the remedy.
    /// </exception>
    public static StepScores Scores(
        Decoder model, RolloutBatch batch, ScoreNeeds needs, Decoder? reference = null, bool attachInputs = false)
    {
        using var scope = NewDisposeScope();
        var policy = new Pass(model, batch, attachInputs);
        Pass? frozen = null;
        var diverges = needs.HasFlag(ScoreNeeds.Divergences);
        if (diverges || needs.HasFlag(ScoreNeeds.Anchors))
            using (no_grad())
                frozen = new Pass(
                    reference ?? throw new ArgumentNullException(
                        nameof(reference), "divergences and anchors need the frozen reference"),
                    batch, attachInputs: false);

        var (law, tokens) = (batch.Sampling.Law, new Categorical());
        var kinds = new List<Scored>(3);
        if (policy.Soft is { } soft) kinds.Add(Of(law!, policy.SoftRecord!, soft, diverges ? frozen!.Soft : null));
        if (policy.OnSupport is { } chosen)
            kinds.Add(Of(tokens, batch.OnSupport!.Record, chosen, diverges ? frozen!.OnSupport : null));
        if (policy.Hard is { } hard)
        {
            var logP = model.Fused is { } fused && batch.Layout is not null
                ? FusedHead.Of(fused, hard, model.Head, batch.HardTokens!)
                : TokenLogP.Of(hard, model.Head, batch.HardTokens!); // (N₂)
            kinds.Add(new Scored(
                logP, null, diverges ? TokenDivergence.Of(hard, model.Head, frozen!.Hard!, frozen.Head) : null));
        }
        var entropies = needs.HasFlag(ScoreNeeds.Entropies) ? policy.Entropies(batch) : null;
        var anchors = needs.HasFlag(ScoreNeeds.Anchors) ? Anchors(policy, frozen!, batch) : null;
        var width = needs.HasFlag(ScoreNeeds.Components) ? kinds.Max(k => k.Counts?.shape[1] ?? 1) : 0;
        var counts = width == 0 ? null : kinds.Select(k => Wide(k.Counts ?? ones_like(k.LogDensity), k.Counts is not null));
        return new StepScores(Joined(kinds.Select(k => Wide(k.LogDensity, k.Counts is not null)), batch))
        {
            Counts = counts is null ? null : Joined(counts, batch),
            Divergences = diverges ? Joined(kinds.Select(k => k.Divergence!), batch) : null,
            Entropies = entropies?.MoveToOuterDisposeScope(),
            Anchors = anchors?.MoveToOuterDisposeScope(),
        };

        Scored Of(StepLaw thoughts, ThoughtRecord record, Tensor logP, Tensor? logQ)
        {
            var divergence = logQ is null ? null : thoughts.Divergence(record, logP, logQ)
                ?? throw new NotSupportedException($"{thoughts.Name} has no divergence in closed form: set kl_estimator to k3");
            if (!needs.HasFlag(ScoreNeeds.Components))
                return new Scored(thoughts.LogDensity(record, logP), null, divergence);
            if (thoughts is not SeparableLaw separable)
                throw new NotSupportedException($"the log-density of {thoughts.Name} is no sum over components: "
                    + "set importance_sampling_level to token or sequence");
            return new Scored(separable.Terms(record, logP), separable.Counts(record).to(logP.dtype), divergence);
        }

        // (M) or (M, K) → (M, C), filled up with components that do not count.
        Tensor Wide(Tensor x, bool isWide)
        {
            if (width == 0) return x;
            var columns = isWide ? x : x.unsqueeze(1);
            return columns.shape[1] == width
                ? columns
                : cat([columns, columns.new_zeros([columns.shape[0], width - columns.shape[1]], columns.dtype)], 1);
        }
    }

    /// <summary>KL(frozen ‖ policy) of the whole next-token distribution at thoughts, 0 at other steps, (N).</summary>
    private static Tensor Anchors(Pass policy, Pass frozen, RolloutBatch batch)
    {
        using var scope = NewDisposeScope();
        if (policy.Thoughts(batch) is not { } thoughts) return zeros_like(batch.Recorded).MoveToOuterDisposeScope(); // (N)
        var soft = TokenDivergence.Reverse(thoughts, policy.Head, frozen.Thoughts(batch)!, frozen.Head); // (M)
        var rest = batch.Steps - thoughts.shape[0]; // thoughts come first in the batch's order
        return Joined(rest == 0 ? [soft] : [soft, soft.new_zeros([rest], soft.dtype)], batch).MoveToOuterDisposeScope();
    }

    /// <summary>What one kind of steps gave.</summary>
    private sealed record Scored(Tensor LogDensity, Tensor? Counts, Tensor? Divergence);

    private static Tensor Joined(IEnumerable<Tensor> kinds, RolloutBatch batch)
    {
        var parts = kinds.ToList();
        return (parts.Count == 1 ? parts[0] : cat(parts)).index_select(0, batch.Order).MoveToOuterDisposeScope();
    }

    /// <summary>One model's forward pass over a batch: log-probabilities on stored sets, hidden states of plain tokens.</summary>
    private sealed class Pass
    {
        private readonly Decoder _model;
        private readonly Tensor _hidden; // (B·T, D)

        public Pass(Decoder model, RolloutBatch batch, bool attachInputs)
        {
            _model = model;
            Tensor inputs;
            if (attachInputs) inputs = Embed(model, batch);
            else
                using (no_grad()) inputs = Embed(model, batch); // (B, T, D)
            _hidden = (batch.Layout is { } layout ? Packed(model, inputs, layout)
                : batch.Segments is { } segments
                ? model.Forward(inputs, batch.Positions!, segments)
                : model.Forward(inputs)).reshape(-1, model.Config.HiddenSize);
            var sampling = batch.Sampling;
            if (batch.Soft is { } soft)
            {
                var law = sampling.Law!;
                SoftRecord = soft.Record;
                // The table is data here, as the inputs are: gradients reach it through the output head where the two are tied.
                if (law.NeedsEmbedding) SoftRecord = SoftRecord with { Rows = Gather(model.Embedding.detach(), soft.Record.Ids) };
                Soft = law.LogP(Logits(soft), soft.Record.Kept, sampling.Thinking.Temperature); // (M, K)
            }
            if (batch.OnSupport is { } chosen)
                OnSupport = StepLaw.Renormalized(Logits(chosen), chosen.Record.Kept, sampling.Answer.Temperature); // (M, K)
            if (batch.HardRows is { } rows) Hard = Scaled(_hidden.index_select(0, rows), batch.HardScales); // (N₂, D)
        }

        private static Tensor Packed(Decoder model, Tensor inputs, PackedLayout layout)
        {
            var passes = model.Fused ?? throw new InvalidOperationException("a packed batch needs fused passes: call Decoder.Fuse");
            return passes.Forward(inputs.squeeze(0), layout); // (N, D)
        }

        public ThoughtRecord? SoftRecord { get; }
        public Tensor? Soft { get; }
        public Tensor? OnSupport { get; }
        public Tensor? Hard { get; }
        public Tensor Head => _model.Head;

        /// <summary>Entropies of the whole next-token distribution before every step, noise left out, (N).</summary>
        public Tensor Entropies(RolloutBatch batch)
        {
            var sampling = batch.Sampling;
            var parts = new List<Tensor>(3);
            if (Thoughts(batch) is { } thoughts) parts.Add(thoughts);
            if (batch.OnSupport is { } chosen)
                parts.Add(Tempered(_hidden.index_select(0, chosen.Rows), sampling.Answer.Temperature));
            if (Hard is { } hard) parts.Add(Scaled(hard, batch.HardWinnerScales));
            var all = (parts.Count == 1 ? parts[0] : cat(parts)).index_select(0, batch.Order); // (N, D)
            return TokenDivergence.Entropy(all, Head);
        }

        /// <summary>
        /// Hidden states before thoughts over the thinking temperature, (M, D): times the head they are the draw's logits. Null
        /// where there are no thoughts.
        /// </summary>
        public Tensor? Thoughts(RolloutBatch batch) => batch.Soft is not { } soft ? null
            : Tempered(_hidden.index_select(0, soft.Rows), batch.Sampling.Thinking.Temperature);

        private static Tensor Tempered(Tensor hidden, double temperature) =>
            temperature == 1 ? hidden : hidden.mul(Scalars.Of(1 / temperature));

        // (h / T) · W = logits / T: a temperature for every step, without touching the logits.
        // In half precision 1 / T itself is not rounded, which would shift every logit the same way.
        private Tensor Scaled(Tensor hidden, Tensor? scales) => scales is null
            ? hidden
            : hidden.mul(scales.to(TokenLogP.Wide(_model.Type))).to(_model.Type);

        private static Tensor Embed(Decoder model, RolloutBatch batch)
        {
            var inputs = model.Embed(batch.Ids, batch.Weights); // (B, T, D)
            if (batch.Vectors is not { } vectors) return inputs;
            var flat = inputs.reshape(-1, model.Config.HiddenSize); // (B·T, D)
            return flat.index_add(0, vectors.Rows, vectors.Values.to(model.Type), Scalars.One).reshape(inputs.shape);
        }

        private Tensor Logits(RolloutBatch.SupportSteps steps)
        {
            var rows = _hidden.index_select(0, steps.Rows); // (M, D)
            var logits = _model.Config.VocabularySize <= SmallVocabulary
                ? nn.functional.linear(rows, _model.Head).gather(1, steps.Record.Ids)
                : SupportLogits.Of(rows, _model.Head, steps.Record.Ids);
            return logits.to(TokenLogP.Wide(_model.Type)); // (M, K)
        }

        private static Tensor Gather(Tensor table, Tensor ids) =>
            table.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1); // (M, K, D)
    }
}
