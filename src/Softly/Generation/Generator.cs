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
        var rows = new List<Row>();
        var width = Math.Max(
            sampling.Law is null ? 1 : sampling.Thinking.Width(vocabulary),
            sampling.Answer.IsStored ? sampling.Answer.Width(vocabulary) : 1);
        for (var p = 0; p < prompts.Length; p++)
            for (var g = 0; g < groupSize; g++)
                rows.Add(new Row(
                    CounterNoise.Key(prompts[p].Problem.Id), firstSamples[p] + g, new Rollout(sampling, width),
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
            var uniforms = Noise(rows, seed, position, length, width); // (C, B, K)
            var drawn = new List<Drawn>(length);
            for (var c = 0; c < length; c++)
            {
                var step = Draw(logits, uniforms[c], sampling, state, width);
                drawn.Add(step);
                state.After(step);
                if (position + c + 1 < sampling.MaxNewTokens)
                {
                    logits.Dispose();
                    logits = decoder.Step(step.Ids, step.Weights); // (B, V)
                }
            }
            position += length;
            Collect(rows, drawn, sampling, position, texts);

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
            rollout.Text = detokenize(
                rollout.Finish == FinishReason.End ? [.. rollout.Tokens.Take(rollout.Length - 1)] : rollout.Tokens);
        return [.. prompts.Select((p, i) => new RolloutGroup(p, all[(i * groupSize)..((i + 1) * groupSize)]))];
    }

    /// <summary>Draws one step for every row: a thought where the row is thinking, a token elsewhere.</summary>
    private static Drawn Draw(Tensor logits, Tensor uniforms, SamplingOptions sampling, BatchState state, int width)
    {
        using var scope = NewDisposeScope();
        Drawn? step = state.AnyAnswering ? DrawHard(logits, uniforms, sampling.Answer, width) : null;
        if (state.AnyThinking)
        {
            var soft = DrawSoft(logits, uniforms, sampling, width);
            // A thought whose winner ends thinking, or the text, is a plain token: fed one-hot, scored on the whole vocabulary.
            var ending = Plain(soft.Tokens, LogP(logits, sampling.Thinking.Temperature), width);
            var thought = Drawn.Where(state.Closes(soft.Tokens), ending, soft);
            step = step is null ? thought : Drawn.Where(state.Thinking, thought, step);
        }
        return step!.MoveOut();
    }

    private static Drawn DrawSoft(Tensor logits, Tensor uniforms, SamplingOptions sampling, int width)
    {
        var law = sampling.Law!;
        var support = sampling.Thinking.Apply(logits);
        var values = law.Draw(support, uniforms.narrow(1, 0, support.Ids.shape[1])); // (B, K)
        var density = law.CanTrain ? law.LogDensity(values, support.Kept, support.LogP) : zeros_like(values.select(1, 0));
        var winner = support.Ids.gather(1, values.argmax(1, keepdim: true)).squeeze(1); // (B)
        return Pad(new Drawn(winner, Kind(winner, StepKind.Soft), support.Ids, support.Kept, values, law.Weights(values), density,
            Entropy(LogP(logits, sampling.Thinking.Temperature))), width);
    }

    private static Drawn DrawHard(Tensor logits, Tensor uniforms, SupportFilter filter, int width)
    {
        var logP = LogP(logits, filter.Temperature); // (B, V)
        if (!filter.IsStored)
        {
            var allowed = filter.KeepsAll ? logP : Spread(filter.Apply(logits), logP);
            return Plain(Categorical.Invert(allowed, uniforms.narrow(1, 0, 1)), logP, width);
        }
        var law = new Categorical();
        var support = filter.Apply(logits);
        var values = law.Draw(support, uniforms.narrow(1, 0, support.Ids.shape[1]));
        var token = support.Ids.gather(1, values.argmax(1, keepdim: true)).squeeze(1);
        return Pad(new Drawn(token, Kind(token, StepKind.HardOnSupport), support.Ids, support.Kept, values, law.Weights(values),
            law.LogDensity(values, support.Kept, support.LogP), Entropy(logP)), width);
    }

    /// <summary>A plain token in the record's layout: slot 0 holds it with weight 1.</summary>
    private static Drawn Plain(Tensor tokens, Tensor logP, int width)
    {
        var ids = tokens.unsqueeze(1); // (B, 1)
        var density = logP.gather(1, ids).squeeze(1);
        return Pad(new Drawn(tokens, Kind(tokens, StepKind.Hard), ids, ones_like(ids, ScalarType.Bool),
            zeros_like(density).unsqueeze(1), ones_like(density).unsqueeze(1), density, Entropy(logP)), width);
    }

    /// <summary>A support's log-probabilities over the whole vocabulary, −∞ elsewhere.</summary>
    private static Tensor Spread(Support support, Tensor like) =>
        like.new_full(like.shape, Scalars.MinusInfinity, like.dtype).scatter_(1, support.Ids, support.LogP);

    private static Tensor Kind(Tensor like, StepKind kind) => full_like(like, Scalars.OfLong((long)kind), ScalarType.Int64);

    /// <summary>Log-probabilities over the whole vocabulary, (B, V).</summary>
    private static Tensor LogP(Tensor logits, double temperature) =>
        (temperature == 1 ? logits : logits.mul(Scalars.Of(1 / temperature))).log_softmax(-1);

    /// <summary>Entropy in nats, (B).</summary>
    private static Tensor Entropy(Tensor logP) => logP.exp().mul(logP).sum(-1).neg();

    private static Drawn Pad(Drawn drawn, int width)
    {
        var missing = width - drawn.Ids.shape[1];
        if (missing == 0) return drawn;
        Tensor Fill(Tensor x, Scalar value) => cat([x, x.new_full([x.shape[0], missing], value, x.dtype)], 1);
        return drawn with
        {
            Ids = Fill(drawn.Ids, Scalars.OfLong(0)), Kept = Fill(drawn.Kept, Scalars.OfLong(0)),
            Values = Fill(drawn.Values, Scalars.MinusInfinity), Weights = Fill(drawn.Weights, Scalars.Of(0)),
        };
    }

    /// <summary>Uniform numbers for a chunk, uploaded once: (C, B, K) float64.</summary>
    private Tensor Noise(List<Row> rows, ulong seed, int position, int length, int width)
    {
        var numbers = new double[length * rows.Count * width];
        for (var c = 0; c < length; c++)
            for (var b = 0; b < rows.Count; b++)
                CounterNoise.Uniforms(
                    seed, rows[b].Problem, rows[b].Sample, position + c, numbers.AsSpan((c * rows.Count + b) * width, width));
        return Scalars.Upload(numbers, device, length, rows.Count, width);
    }

    /// <summary>Brings a chunk to the host and appends it to its rollouts, up to where each ends.</summary>
    private void Collect(List<Row> rows, List<Drawn> drawn, SamplingOptions sampling, int position, bool texts)
    {
        static T[] Host<T>(IEnumerable<Tensor> steps) where T : unmanaged
        {
            using var scope = NewDisposeScope();
            return stack(steps).cpu().data<T>().ToArray();
        }
        int b = rows.Count, k = (int)drawn[0].Ids.shape[1];
        var tokens = Host<long>(drawn.Select(d => d.Tokens));
        var kinds = Host<long>(drawn.Select(d => d.Kinds));
        var ids = Host<long>(drawn.Select(d => d.Ids));
        var kept = Host<bool>(drawn.Select(d => d.Kept));
        var values = Host<float>(drawn.Select(d => d.Values));
        var densities = Host<float>(drawn.Select(d => d.LogDensity));
        var entropies = Host<float>(drawn.Select(d => d.Entropy));
        for (var c = 0; c < drawn.Count; c++)
            for (var r = 0; r < b; r++)
            {
                var row = rows[r];
                if (row.Finished) continue;
                var at = c * b + r;
                var rollout = row.Rollout;
                rollout.Add(
                    (StepKind)kinds[at], (int)tokens[at], ids.AsSpan(at * k, k), kept.AsSpan(at * k, k), values.AsSpan(at * k, k),
                    (row.Thinking ? sampling.Thinking : sampling.Answer).Temperature, densities[at], entropies[at]);
                if (endTokens.Contains((int)tokens[at])) row.End(FinishReason.End);
                else if (sampling.ThinkEnd.Tokens.Contains((int)tokens[at])) row.Thinking = false;
                if (row.Finished || !texts) continue;
                var text = detokenize(rollout.Tokens);
                if (row.Thinking && sampling.ThinkEnd.Text is { } end && text.Contains(end, StringComparison.Ordinal))
                    row.Thinking = false;
                if (sampling.StopTexts.Any(s => text.Contains(s, StringComparison.Ordinal))) row.End(FinishReason.Stop);
            }
        if (position < sampling.MaxNewTokens) return;
        foreach (var row in rows.Where(r => !r.Finished)) row.End(FinishReason.Length);
    }

    /// <summary>A row of the batch.</summary>
    private sealed class Row(ulong problem, int sample, Rollout rollout, bool thinking)
    {
        public ulong Problem { get; } = problem;
        public int Sample { get; } = sample;
        public Rollout Rollout { get; } = rollout;
        public bool Thinking { get; set; } = thinking;
        public bool Finished { get; private set; }

        public void End(FinishReason reason)
        {
            Finished = true;
            Rollout.Finish = reason;
        }
    }

    /// <summary>What was drawn for B rows at one position.</summary>
    /// <param name="Tokens">(B) int64: tokens or winners.</param>
    /// <param name="Kinds">(B) int64: <see cref="StepKind"/>.</param>
    /// <param name="Ids">(B, K) int64.</param>
    /// <param name="Kept">(B, K) bool.</param>
    /// <param name="Values">(B, K).</param>
    /// <param name="Weights">(B, K): what is fed next.</param>
    /// <param name="LogDensity">(B).</param>
    /// <param name="Entropy">(B).</param>
    private sealed record Drawn(
        Tensor Tokens, Tensor Kinds, Tensor Ids, Tensor Kept, Tensor Values, Tensor Weights, Tensor LogDensity, Tensor Entropy)
    {
        /// <summary>Row by row, <paramref name="a"/> where the mask (B) holds and <paramref name="b"/> elsewhere.</summary>
        public static Drawn Where(Tensor mask, Drawn a, Drawn b)
        {
            var wide = mask.unsqueeze(1);
            return new Drawn(
                where(mask, a.Tokens, b.Tokens), where(mask, a.Kinds, b.Kinds), where(wide, a.Ids, b.Ids),
                where(wide, a.Kept, b.Kept), where(wide, a.Values, b.Values), where(wide, a.Weights, b.Weights),
                where(mask, a.LogDensity, b.LogDensity), where(mask, a.Entropy, b.Entropy));
        }

        public Drawn MoveOut()
        {
            foreach (var t in new[] { Tokens, Kinds, Ids, Kept, Values, Weights, LogDensity, Entropy })
                t.MoveToOuterDisposeScope();
            return this;
        }
    }

    /// <summary>
    /// Which rows are still thinking, on the device. The host's rows are the truth at the start of every chunk.
    /// </summary>
    private sealed class BatchState : IDisposable
    {
        private readonly Tensor _closing; // (1, E) int64: tokens that end thinking or the text

        public BatchState(List<Row> rows, SamplingOptions sampling, IReadOnlyList<int> endTokens, Device device)
        {
            long[] closing = [.. endTokens.Concat(sampling.ThinkEnd.Tokens).Select(e => (long)e)];
            _closing = Scalars.Upload(closing, device, 1, closing.Length);
            Thinking = Scalars.Upload(rows.Select(r => r.Thinking).ToArray(), device, rows.Count);
            AnyThinking = rows.Any(r => r.Thinking);
            AnyAnswering = rows.Any(r => !r.Thinking);
        }

        public Tensor Thinking { get; private set; } // (B) bool
        public bool AnyThinking { get; }
        public bool AnyAnswering { get; private set; }

        /// <summary>Which of the tokens (B) end thinking or the text, (B) bool.</summary>
        public Tensor Closes(Tensor tokens) => tokens.unsqueeze(1).eq(_closing).any(1, false);

        /// <summary>Rows whose step ended thinking answer from now on.</summary>
        public void After(Drawn step)
        {
            if (!AnyThinking) return;
            using var scope = NewDisposeScope();
            var next = Thinking.logical_and(Closes(step.Tokens).logical_not()).MoveToOuterDisposeScope();
            Thinking.Dispose();
            Thinking = next;
            AnyAnswering = true; // not read back: asking the device would cost more than drawing both
        }

        /// <summary>Outlives the chunk that made it.</summary>
        public void MoveOut(DisposeScope chunk) => chunk.MoveToOuter(Thinking, _closing);

        public void Dispose()
        {
            Thinking.Dispose();
            _closing.Dispose();
        }
    }
}
