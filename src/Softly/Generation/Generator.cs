using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Plays forward: prompts in, groups of rollouts out. A prompt is processed once and forked into its group; thoughts are drawn
/// by the law, the answer by categorical draws, and all decisions inside a chunk of steps stay on the device. Noise comes
/// from <see cref="CounterNoise"/>, so a rollout depends on (seed, problem, sample) and not on its batch.
/// </summary>
/// <param name="decoder">What turns inputs into logits.</param>
/// <param name="device">Where the decoder's tensors are.</param>
/// <param name="vocabulary">V.</param>
/// <param name="endTokens">Tokens that end a text.</param>
/// <param name="detokenize">Ids to text, the ending tokens left out.</param>
public sealed class Generator(
    IDecoder decoder, Device device, int vocabulary, IReadOnlyList<int> endTokens, Func<IReadOnlyList<int>, string> detokenize)
{
    /// <summary>Steps between two looks at the results. Texts that end something need a look at every step.</summary>
    private const int Chunk = 16;

    /// <summary>The most rows that decode side by side; groups are never split.</summary>
    public int MaxRows { get; init; } = 1024;

    /// <summary>Called after every batch of groups with the share done, from 0 to 1; may cancel by throwing.</summary>
    public Action<double>? Progress { get; init; }

    /// <summary>Draws a group for every prompt.</summary>
    /// <param name="prompts">P prompts.</param>
    /// <param name="groupSize">G rollouts a prompt.</param>
    /// <param name="sampling">How to draw.</param>
    /// <param name="seed">Of all randomness.</param>
    /// <param name="firstSample">Number of the group's first sample: a group can be continued later.</param>
    /// <param name="cancel">Looked at between chunks of steps; nothing is returned then.</param>
    /// <returns>P groups of G rollouts, in the prompts' order.</returns>
    /// <exception cref="ArgumentException">The settings cannot work, or a prompt does not fit.</exception>
    public IReadOnlyList<RolloutGroup> Generate(
        IReadOnlyList<Prompt> prompts, int groupSize, SamplingOptions sampling, ulong seed, int firstSample = 0,
        CancellationToken cancel = default)
    {
        if (sampling.Problems(vocabulary, training: false).ToList() is { Count: > 0 } problems)
            throw new ArgumentException(string.Join("; ", problems));
        using var off = no_grad();
        var groups = new List<RolloutGroup>();
        var perBatch = Math.Max(1, MaxRows / groupSize);
        // Prompts of like length decode together: the gap in the cache stays small. The result does not depend on it.
        var order = Enumerable.Range(0, prompts.Count).OrderBy(i => prompts[i].Rows.Count).ThenBy(i => i).ToArray();
        var done = new RolloutGroup[prompts.Count];
        // A problem that is asked twice in one call goes on with its samples: the same noise twice would be the same answers
        // twice.
        var times = new Dictionary<string, int>();
        var met = prompts.Select(p => times[p.Problem.Id] = times.TryGetValue(p.Problem.Id, out var n) ? n + 1 : 0).ToArray();
        for (var start = 0; start < order.Length; start += perBatch)
        {
            var batch = order.Skip(start).Take(perBatch).ToArray();
            var made = Batch(
                [.. batch.Select(i => prompts[i])], [.. batch.Select(i => firstSample + met[i] * groupSize)], groupSize, sampling,
                seed, cancel);
            for (var i = 0; i < batch.Length; i++) done[batch[i]] = made[i];
            Progress?.Invoke(Math.Min(1, (start + perBatch) / (double)order.Length));
        }
        return done;
    }

    private RolloutGroup[] Batch(
        Prompt[] prompts, int[] firstSamples, int groupSize, SamplingOptions sampling, ulong seed, CancellationToken cancel)
    {
        using var scope = NewDisposeScope();
        var rows = new List<BatchRow>();
        var layout = StepLayout.Of(sampling, vocabulary, (int)decoder.Embedding.shape[1]);
        for (var p = 0; p < prompts.Length; p++)
            for (var g = 0; g < groupSize; g++)
                rows.Add(new BatchRow(
                    CounterNoise.Key(prompts[p].Problem.Id), firstSamples[p] + g, new Rollout(sampling, layout.Slots),
                    sampling.Law is not null));
        var all = rows.Select(r => r.Rollout).ToArray();

        var logits = decoder.Start([.. prompts.Select(p => p.Rows)], groupSize, sampling.MaxNewTokens); // (B, V)
        var texts = sampling.StopTexts.Count > 0 || (sampling.Law is not null && sampling.ThinkEnd.Text is not null);
        var state = new BatchState(rows, sampling, endTokens, device);
        for (var position = 0; rows.Count > 0 && position < sampling.MaxNewTokens;)
        {
            cancel.ThrowIfCancellationRequested();
            using var chunk = NewDisposeScope();
            var length = texts ? 1 : Math.Min(Chunk, sampling.MaxNewTokens - position);
            var uniforms = Noise(rows, seed, position, length, layout.Uniforms); // (C, B, U)
            var drawn = new List<Drawn>(length);
            for (var c = 0; c < length; c++)
            {
                var step = Draw(logits, uniforms[c], sampling, state, layout);
                drawn.Add(step);
                state.After(step);
                if (position + c + 1 < sampling.MaxNewTokens)
                {
                    logits.Dispose();
                    logits = decoder.Step(step.Ids, step.Weights, step.Vectors); // (B, V)
                }
            }
            position += length;
            Collect(rows, drawn, sampling, layout, position, texts);

            // Finished rows leave when enough of them have: a smaller batch for the price of one copy.
            var alive = Enumerable.Range(0, rows.Count).Where(i => !rows[i].Finished).ToArray();
            if (alive.Length < rows.Count && (alive.Length == 0 || alive.Length <= rows.Count * 3 / 4))
            {
                rows = [.. alive.Select(i => rows[i])];
                if (rows.Count == 0) break;
                using var keep = Scalars.Upload(alive.Select(i => (long)i).ToArray(), device, alive.Length);
                decoder.Keep(keep);
                var kept = logits.index_select(0, keep);
                logits.Dispose();
                logits = kept;
                state.Dispose();
                state = new BatchState(rows, sampling, endTokens, device);
            }
            else if (texts)
            {
                state.Dispose();
                state = new BatchState(rows, sampling, endTokens, device);
            }
            state.MoveOut(chunk);
            chunk.MoveToOuter(logits); // moves only what the chunk made: logits of before belong to the batch already
        }
        state.Dispose();
        decoder.Release();

        foreach (var rollout in all)
        {
            var words = Words(rollout);
            rollout.Text = detokenize(rollout.Finish == FinishReason.End ? [.. words.Take(words.Count - 1)] : words);
        }
        return [.. prompts.Select((p, i) => new RolloutGroup(p, all[(i * groupSize)..((i + 1) * groupSize)]))];
    }

    /// <summary>Draws one step for every row: a thought where the row is thinking, a token elsewhere.</summary>
    private Drawn Draw(Tensor logits, Tensor uniforms, SamplingOptions sampling, BatchState state, StepLayout layout)
    {
        using var scope = NewDisposeScope();
        Drawn? step = state.AnyAnswering ? DrawHard(logits, uniforms, sampling.Answer, layout) : null;
        if (state.AnyThinking)
        {
            var full = LogP(logits, sampling.Thinking.Temperature); // (B, V)
            var soft = DrawSoft(logits, full, uniforms, sampling, layout);
            // A thought whose winner ends thinking, or the text, is a plain token: fed one-hot, scored on the whole vocabulary.
            var ending = Drawn.Plain(soft.Tokens, StepKind.Hard, full, soft.Entropy, layout);
            var thought = sampling.Law!.ThinksBlank ? soft : Drawn.Where(state.Closes(soft.Tokens), ending, soft);
            if (state.Overdue(soft.Entropy) is { } overdue) // (B)
            {
                var token = full_like(soft.Tokens, Scalars.OfLong(sampling.ThinkEnd.Token!.Value));
                thought = Drawn.Where(overdue, Drawn.Plain(token, StepKind.Forced, full, soft.Entropy, layout), thought);
            }
            step = step is null ? thought : Drawn.Where(state.Thinking, thought, step);
        }
        return step!.MoveOut();
    }

    private Drawn DrawSoft(Tensor logits, Tensor full, Tensor uniforms, SamplingOptions sampling, StepLayout layout)
    {
        var law = sampling.Law!;
        var support = sampling.Thinking.Apply(logits);
        if (law.NeedsEmbedding) support = support with { Embedding = decoder.Embedding, FullLogP = full };
        var record = law.Draw(support, uniforms.narrow(1, 0, law.UniformCount((int)support.Ids.shape[1], layout.Hidden)));
        if (law.NeedsEmbedding) record = record with { Rows = Rows(decoder.Embedding, record.Ids) };
        var density = law.CanTrain
            ? law.LogDensity(record, law.LogP(logits.gather(1, record.Ids), record.Kept, sampling.Thinking.Temperature))
            : zeros_like(full.select(1, 0)); // (B)
        var winner = record.Ids.gather(1, law.Winner(record).unsqueeze(1)).squeeze(1); // (B)
        var mass = full.gather(1, record.Ids).exp().masked_fill(record.Kept.logical_not(), Scalars.Of(0)).sum(1); // (B)
        return new Drawn(winner, Drawn.Kind(winner, StepKind.Soft), record.Ids, record.Kept, record.LogP, law.Weights(record),
            record.Values, law.Vectors(record), density, Entropy(full), mass).Pad(layout);
    }

    private static Drawn DrawHard(Tensor logits, Tensor uniforms, SupportFilter filter, StepLayout layout)
    {
        var logP = LogP(logits, filter.Temperature); // (B, V)
        if (!filter.IsStored)
        {
            var allowed = filter.KeepsAll ? logP : Spread(filter.Apply(logits), logP);
            return Drawn.Plain(
                Categorical.Invert(allowed, uniforms.narrow(1, 0, 1)), StepKind.Hard, logP, Entropy(logP), layout);
        }
        var law = new Categorical();
        var record = law.Draw(filter.Apply(logits), uniforms.narrow(1, 0, filter.Width((int)logits.shape[1])));
        var token = record.Ids.gather(1, law.Winner(record).unsqueeze(1)).squeeze(1);
        return new Drawn(token, Drawn.Kind(token, StepKind.HardOnSupport), record.Ids, record.Kept, record.LogP,
            law.Weights(record), record.Values, null, law.LogDensity(record, record.LogP), Entropy(logP),
            ones_like(logP.select(1, 0))).Pad(layout);
    }

    /// <summary>The tokens that make the text: of blank thoughts none was chosen, or fed.</summary>
    private static IReadOnlyList<int> Words(Rollout rollout) => rollout.Sampling.Law is not { ThinksBlank: true }
        ? rollout.Tokens
        : [.. rollout.Steps.Where(s => s.Kind != StepKind.Soft).Select(s => s.Token)];

    /// <summary>Embedding rows of stored ids, (B, K, D).</summary>
    private static Tensor Rows(Tensor embedding, Tensor ids) =>
        embedding.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);

    /// <summary>A support's log-probabilities over the whole vocabulary, −∞ elsewhere.</summary>
    private static Tensor Spread(Support support, Tensor like) =>
        like.new_full(like.shape, Scalars.MinusInfinity, like.dtype).scatter_(1, support.Ids, support.LogP);

    /// <summary>Log-probabilities over the whole vocabulary, (B, V).</summary>
    private static Tensor LogP(Tensor logits, double temperature) =>
        (temperature == 1 ? logits : logits.mul(Scalars.Of(1 / temperature))).log_softmax(-1);

    /// <summary>Entropy in nats, (B).</summary>
    private static Tensor Entropy(Tensor logP) => logP.exp().mul(logP).sum(-1).neg();

    /// <summary>Uniform numbers for a chunk, uploaded once: (C, B, U) float64.</summary>
    private Tensor Noise(List<BatchRow> rows, ulong seed, int position, int length, int width)
    {
        var numbers = new double[length * rows.Count * width];
        for (var c = 0; c < length; c++)
            for (var b = 0; b < rows.Count; b++)
                CounterNoise.Uniforms(
                    seed, rows[b].Problem, rows[b].Sample, position + c, numbers.AsSpan((c * rows.Count + b) * width, width));
        return Scalars.Upload(numbers, device, length, rows.Count, width);
    }

    /// <summary>Brings a chunk to the host and appends it to its rollouts, up to where each ends.</summary>
    private void Collect(
        List<BatchRow> rows, List<Drawn> drawn, SamplingOptions sampling, StepLayout layout, int position, bool texts)
    {
        static T[] Host<T>(IEnumerable<Tensor> steps) where T : unmanaged
        {
            using var scope = NewDisposeScope();
            return stack(steps).cpu().data<T>().ToArray();
        }
        int b = rows.Count, k = layout.Slots, v = layout.Values;
        var tokens = Host<long>(drawn.Select(d => d.Tokens));
        var kinds = Host<long>(drawn.Select(d => d.Kinds));
        var ids = Host<long>(drawn.Select(d => d.Ids));
        var kept = Host<bool>(drawn.Select(d => d.Kept));
        var logP = Host<float>(drawn.Select(d => d.LogP));
        var weights = Host<float>(drawn.Select(d => d.Weights));
        var values = Host<float>(drawn.Select(d => d.Values));
        var numbers = Host<float>(drawn.Select(d => stack([d.LogDensity, d.Entropy, d.Mass], 1))); // (C, B, 3)
        for (var c = 0; c < drawn.Count; c++)
            for (var r = 0; r < b; r++)
            {
                var row = rows[r];
                if (row.Finished) continue;
                var at = c * b + r;
                var rollout = row.Rollout;
                var kind = (StepKind)kinds[at];
                var own = kind == StepKind.Soft ? layout.OwnValues : null;
                // The slots of a chunk are one array that its steps share: nothing is copied.
                var slots = kind is StepKind.Soft or StepKind.HardOnSupport
                    ? new StepSlots(
                        ids.AsMemory(at * k, k), kept.AsMemory(at * k, k), logP.AsMemory(at * k, k), weights.AsMemory(at * k, k),
                        values.AsMemory(at * v, own ?? v), own is not null)
                    : default;
                var temperature = (row.Thinking ? sampling.Thinking : sampling.Answer).Temperature;
                rollout.Add(new Step(
                    kind, (int)tokens[at], slots, temperature, numbers[3 * at], numbers[3 * at + 1], numbers[3 * at + 2]));
                if (row.Thinking) row.Thought(numbers[3 * at + 1], sampling.ColdStop);
                if (kind == StepKind.Soft && sampling.Law!.ThinksBlank) continue; // no word was chosen that could end anything
                if (endTokens.Contains((int)tokens[at])) row.End(FinishReason.End);
                else if (sampling.ThinkEnd.Tokens.Contains((int)tokens[at])) row.Thinking = false;
                if (row.Finished || !texts) continue;
                var text = detokenize(Words(rollout));
                if (row.Thinking && sampling.ThinkEnd.Text is { } end && text.Contains(end, StringComparison.Ordinal))
                    row.Thinking = false;
                if (sampling.StopTexts.Any(s => text.Contains(s, StringComparison.Ordinal))) row.End(FinishReason.Stop);
            }
        if (position < sampling.MaxNewTokens) return;
        foreach (var row in rows.Where(r => !r.Finished)) row.End(FinishReason.Length);
    }
}
