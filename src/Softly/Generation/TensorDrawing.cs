using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Generation;

/// <summary>
/// Draws all rows at once with tensors, on any device and by any law. Decisions inside a chunk of steps stay on the device; a row
/// that finishes inside one is fed up to its end.
/// </summary>
/// <param name="decoder">What turns inputs into logits.</param>
/// <param name="device">Where its tensors are.</param>
/// <param name="rules">How steps are drawn.</param>
/// <param name="layout">How wide a step is.</param>
/// <param name="seed">Of all randomness.</param>
internal sealed class TensorDrawing(IDecoder decoder, Device device, StepRules rules, StepLayout layout, ulong seed) : IDrawing
{
    /// <summary>The most steps between two looks at the results.</summary>
    private const int Chunk = 16;

    private Tensor? _logits;  // (B, V) of the last step; null once drawn from
    private Inputs? _inputs;  // what the last step of every row feeds, in the decoder's order

    /// <inheritdoc/>
    public void Draw(IReadOnlyList<BatchRow> rows)
    {
        using var scope = NewDisposeScope();
        if (_logits is { } logits)
        {
            _logits = null;
            var left = rows.Min(r => rules.Sampling.MaxNewTokens - r.Position);
            Play(rows, logits, rules.Reads ? 1 : Math.Min(Chunk, left));
        }
        else
        {
            BatchRow[] fresh = [.. rows.Where(r => r.Fresh is not null)];
            Play(fresh, Prompts(fresh), 1);
            foreach (var row in fresh) row.Fresh = null;
        }
    }

    /// <inheritdoc/>
    public void Keep(ReadOnlySpan<int> rows)
    {
        using var scope = NewDisposeScope();
        var keep = Scalars.Upload(rows.ToArray().Select(r => (long)r).ToArray(), device, rows.Length);
        Become(_inputs!.Select(keep));
    }

    /// <inheritdoc/>
    public void Feed()
    {
        _logits = decoder.Step(_inputs!.Ids, _inputs.Weights, _inputs.Vectors).DetachFromDisposeScope(); // (B, V)
        Become(null);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _logits?.Dispose();
        Become(null);
    }

    /// <summary>Draws so many steps of rows, feeding all but the last; logits (R, V) of the first are used up.</summary>
    private void Play(IReadOnlyList<BatchRow> rows, Tensor logits, int length)
    {
        var uniforms = Noise(rows, length); // (C, R, U)
        using var state = new BatchState(rows, rules, device);
        var drawn = new List<Drawn>(length);
        for (var c = 0; c < length; c++)
        {
            var step = Draw(logits, uniforms[c], rules.Sampling, state);
            logits.Dispose();
            drawn.Add(step);
            state.After(step);
            if (c + 1 < length) logits = decoder.Step(step.Ids, step.Weights, step.Vectors); // (R, V)
        }
        Collect(rows, drawn);
        var last = new Inputs(drawn[^1].Ids, drawn[^1].Weights, drawn[^1].Vectors);
        Become(_inputs is null ? last : Inputs.Join(_inputs, last));
    }

    /// <summary>The prompts' logits, one row for each that continues one, (F, V).</summary>
    private Tensor Prompts(BatchRow[] fresh)
    {
        var parts = new List<Tensor>();
        for (int start = 0, end; start < fresh.Length; start = end)
        {
            var source = fresh[start].Fresh!.Value.Logits;
            for (end = start; end < fresh.Length && ReferenceEquals(fresh[end].Fresh!.Value.Logits, source);) end++;
            long[] rows = [.. fresh[start..end].Select(r => (long)r.Fresh!.Value.Row)];
            parts.Add(source.index_select(0, Scalars.Upload(rows, device, rows.Length)));
        }
        return parts.Count == 1 ? parts[0] : cat(parts); // (F, V)
    }

    private void Become(Inputs? inputs)
    {
        inputs?.Detach();
        _inputs?.Dispose();
        _inputs = inputs;
    }

    /// <summary>Draws one step for every row: a thought where the row is thinking, a token elsewhere.</summary>
    private Drawn Draw(Tensor logits, Tensor uniforms, SamplingOptions sampling, BatchState state)
    {
        using var scope = NewDisposeScope();
        Drawn? step = state.AnyAnswering ? DrawHard(logits, uniforms, sampling.Answer) : null;
        if (state.AnyThinking)
        {
            var full = LogP(logits, sampling.Thinking.Temperature); // (B, V)
            var soft = DrawSoft(logits, full, uniforms, sampling, state.Members!);
            // A thought whose winner ends thinking, or the text, is a plain token: fed one-hot, scored on the whole vocabulary by
            // what the winner follows.
            var ending = Drawn.Plain(soft.Tokens, StepKind.Hard, Winners(full, state.WinnerScales), soft.Entropy, layout);
            if (state.Certain is { } certain) // nothing was drawn, and nothing is scored
                ending = Drawn.Where(
                    certain, Drawn.Plain(soft.Tokens, StepKind.Forced, full, soft.Entropy, layout), ending);
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

    private Drawn DrawSoft(Tensor logits, Tensor full, Tensor uniforms, SamplingOptions sampling, Tensor members)
    {
        var law = sampling.Law!;
        var support = sampling.Thinking.Apply(logits) with { Members = members };
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

    private Drawn DrawHard(Tensor logits, Tensor uniforms, SupportFilter filter)
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

    /// <summary>Embedding rows of stored ids, (B, K, D).</summary>
    private static Tensor Rows(Tensor embedding, Tensor ids) =>
        embedding.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);

    /// <summary>A support's log-probabilities over the whole vocabulary, −∞ elsewhere.</summary>
    private static Tensor Spread(Support support, Tensor like) =>
        like.new_full(like.shape, Scalars.MinusInfinity, like.dtype).scatter_(1, support.Ids, support.LogP);

    /// <summary>Log-probabilities over the whole vocabulary, (B, V).</summary>
    private static Tensor LogP(Tensor logits, double temperature) =>
        (temperature == 1 ? logits : logits.mul(Scalars.Of(1 / temperature))).log_softmax(-1);

    /// <summary>log softmax(log p/κ), (B, V), with κ a row's, (B, 1): log p itself, to the bit, where it is 1.</summary>
    private static Tensor Winners(Tensor logP, Tensor? scales) => scales is null
        ? logP
        : where(scales.eq(Scalars.One), logP, logP.div(scales.to(logP.dtype)).log_softmax(-1));

    /// <summary>Entropy in nats, (B).</summary>
    private static Tensor Entropy(Tensor logP) => logP.exp().mul(logP).sum(-1).neg();

    /// <summary>Uniform numbers for a chunk, uploaded once: (C, R, U) float64.</summary>
    private Tensor Noise(IReadOnlyList<BatchRow> rows, int length)
    {
        var width = layout.Uniforms;
        var numbers = new double[length * rows.Count * width];
        for (var c = 0; c < length; c++)
            for (var b = 0; b < rows.Count; b++)
                CounterNoise.Uniforms(
                    seed, rows[b].Group.Problem, rows[b].Sample, rows[b].Position + c,
                    numbers.AsSpan((c * rows.Count + b) * width, width));
        return Scalars.Upload(numbers, device, length, rows.Count, width);
    }

    /// <summary>Brings a chunk to the host and appends it to its rollouts, up to where each ends.</summary>
    private void Collect(IReadOnlyList<BatchRow> rows, List<Drawn> drawn)
    {
        static T[] Host<T>(IEnumerable<Tensor> steps) where T : unmanaged
        {
            using var scope = NewDisposeScope();
            return stack(steps).cpu().data<T>().ToArray();
        }
        var sampling = rules.Sampling;
        int b = rows.Count, k = layout.Slots, v = layout.Values;
        var tokens = Host<long>(drawn.Select(d => d.Tokens));
        var kinds = Host<long>(drawn.Select(d => d.Kinds));
        var ids = Host<long>(drawn.Select(d => d.Ids));
        var kept = Host<bool>(drawn.Select(d => d.Kept));
        var logP = Host<float>(drawn.Select(d => d.LogP));
        var weights = Host<float>(drawn.Select(d => d.Weights));
        var values = Host<float>(drawn.Select(d => d.Values));
        var numbers = Host<float>(drawn.Select(d => stack([d.LogDensity, d.Entropy, d.Mass], 1))); // (C, R, 3)
        for (var c = 0; c < drawn.Count; c++)
            for (var r = 0; r < b; r++)
            {
                var row = rows[r];
                if (row.Finished) continue;
                var at = c * b + r;
                var kind = (StepKind)kinds[at];
                var own = kind == StepKind.Soft ? layout.OwnValues : null;
                // The slots of a chunk are one array that its steps share: nothing is copied.
                var slots = kind is StepKind.Soft or StepKind.HardOnSupport
                    ? new StepSlots(
                        ids.AsMemory(at * k, k), kept.AsMemory(at * k, k), logP.AsMemory(at * k, k), weights.AsMemory(at * k, k),
                        values.AsMemory(at * v, own ?? v), own is not null)
                    : default;
                var temperature = (row.Thinking ? sampling.Thinking : sampling.Answer).Temperature;
                var scale = row.Thinking && kind == StepKind.Hard ? sampling.Law!.WinnerScale(row.Sample) : 1;
                rules.Take(row, new Step(
                    kind, (int)tokens[at], slots, temperature * scale, numbers[3 * at], numbers[3 * at + 1], numbers[3 * at + 2])
                { WinnerScale = scale });
            }
    }

    /// <summary>What rows are fed.</summary>
    private sealed record Inputs(Tensor Ids, Tensor Weights, Tensor? Vectors)
    {
        public static Inputs Join(Inputs a, Inputs b) => new(
            cat([a.Ids, b.Ids]), cat([a.Weights, b.Weights]), (a.Vectors, b.Vectors) switch
            {
                (null, null) => null,
                ({ } x, null) => cat([x, x.new_zeros([b.Ids.shape[0], x.shape[1]], x.dtype)]),
                (null, { } y) => cat([y.new_zeros([a.Ids.shape[0], y.shape[1]], y.dtype), y]),
                ({ } x, { } y) => cat([x, y]),
            });

        public Inputs Select(Tensor rows) =>
            new(Ids.index_select(0, rows), Weights.index_select(0, rows), Vectors?.index_select(0, rows));

        public void Detach()
        {
            Ids.DetachFromDisposeScope();
            Weights.DetachFromDisposeScope();
            Vectors?.DetachFromDisposeScope();
        }

        public void Dispose()
        {
            Ids.Dispose();
            Weights.Dispose();
            Vectors?.Dispose();
        }
    }
}
