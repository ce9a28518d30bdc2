using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>The second pair of twins: generate forward, replay back.</summary>
public class ReplayTests
{
    /// <summary>Every law that can be trained, and settings that change what replay has to do.</summary>
    public static TheoryData<string> Laws =>
    [
        .. StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()).CanTrain), "discrete", "answer-top-k", "scaled", "soft",
        "narrow", "ladder", "warm", "mean", "wide answer",
    ];

    internal static SamplingOptions Options(string law) => law switch
    {
        "discrete" => new SamplingOptions { MaxNewTokens = 12 },
        "answer-top-k" =>
            new SamplingOptions { MaxNewTokens = 12, Answer = new SupportFilter { TopK = 7, TopP = 0.9, Temperature = 0.8 } },
        "scaled" => Some.Soft(new GumbelSoftmax(0.5, noiseScale: 0.7)),
        "soft" => Some.Soft(new GumbelWinner(0.5)),
        "narrow" => Some.Soft(new GumbelWinner(1, noiseScale: 0.4), topK: 10, topP: 1),
        "ladder" => Some.Soft(new GumbelLadder(0.8, [0.4, 0, 1, 0.2], 0.25), topK: 10, topP: 1),
        "warm" => Some.Soft(new GumbelSoftmax(1), topK: 0, topP: 1, temperature: 1.3) with
        {
            Answer = new SupportFilter { Temperature = 0.7 }
        },
        "mean" => Some.Soft(new ReducedLaw(new GumbelSoftmax(0.5), Reduction.Mean)),
        // Stored sets of the answer wider than those of thoughts.
        "wide answer" => Some.Soft(new Neighbors(rate: 0.5)) with { Answer = new SupportFilter { TopK = 20, TopP = 0.9 } },
        "blank" => Some.Soft(new Blank()) with { ThinkLength = 5 },
        _ => Some.Soft(StepLaws.Make(law, new LawSettings())),
    };

    public static TheoryData<string, string> LawsAndEngines
    {
        get
        {
            var data = new TheoryData<string, string>();
            foreach (var row in Laws)
                foreach (var engine in new[] { "torch", "simd" }) data.Add(row.Data, engine);
            return data;
        }
    }

    [Fact]
    public void A_problem_asked_twice_goes_on_with_its_samples()
    {
        using var model = Some.Model();
        using var decoder = Some.Engine("simd", model);
        var generator = Some.GeneratorFor(model, decoder, maxRows: 4);
        var prompt = Some.Prompts[0];
        var twice = generator.Generate([prompt, Some.Prompts[1], prompt], 3, Options("gumbel-softmax"), seed: 7);
        var once = generator.Generate([prompt], 6, Options("gumbel-softmax"), seed: 7)[0];
        Assert.Equal(once.Rollouts.Select(r => r.Text), twice[0].Rollouts.Concat(twice[2].Rollouts).Select(r => r.Text));
        Assert.NotEqual(twice[0].Rollouts[0].Text, twice[2].Rollouts[0].Text);
    }

    [Theory]
    [MemberData(nameof(LawsAndEngines))]
    public void Replaying_fresh_rollouts_gives_a_ratio_of_one(string law, string engine)
    {
        using var model = Some.Model();
        using var decoder = Some.Engine(engine, model);
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 8, Options(law), seed: 7);
        using var batch = Some.Batch(groups);
        using var replayed = Replay.LogDensities(model, batch);
        var now = Some.Host(replayed);
        var then = Some.Host(batch.Recorded);
        Assert.Equal(groups.Sum(g => g.Rollouts.Sum(r => r.ScoredSteps)), now.Length);
        // The case without truncation sums 23 components to densities below −30, where single precision itself is coarser. Narrow
        // noise makes density change steeply with the logits, whose rounding the two passes do not share.
        var tolerance = law is "gaussian-probabilities" or "gaussian-embedding" ? 5e-5 : 1e-5;
        for (var n = 0; n < now.Length; n++)
            Assert.True(
                Math.Abs(now[n] - then[n]) <= tolerance * Math.Max(1, Math.Abs(then[n]) / 10),
                $"step {n}: {now[n]} against {then[n]}");
    }

    /// <summary>
    /// What a rollout was fed, step by step, stands in the batch where the step behind it reads it, to the bit; and it follows
    /// from what was stored of the thought alone.
    /// </summary>
    [Theory]
    [MemberData(nameof(LawsAndEngines))]
    public void The_inputs_of_a_rollout_are_rebuilt_from_its_record_exactly(string law, string engine)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model();
        using var decoder = new Overheard(Some.Engine(engine, model));
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, Options(law), seed: 7);
        var rollouts = groups.SelectMany(g => g.Rollouts.Select(r => (g.Prompt, Rollout: r))).ToList();
        using var batch = RolloutBatch.Collate([.. rollouts.Select(r => (r.Prompt, r.Rollout, 1.0))], CPU, sharePrompts: false);
        var vectors = zeros(batch.Rows * batch.Ids.shape[1], 24);
        if (batch.Vectors is { } added) vectors.index_copy_(0, added.Rows, added.Values);
        vectors = vectors.reshape(batch.Rows, -1, 24);
        var compared = 0;
        for (var r = 0; r < rollouts.Count; r++)
            for (var t = 0; t < rollouts[r].Rollout.Length - 1; t++)
            {
                var (ids, weights, vector) = decoder.Of(r)[t];
                var at = rollouts[r].Prompt.Rows.Count + t;
                Assert.Equal(Mixture(ids, weights), Mixture(batch.Ids[r, at], batch.Weights[r, at]));
                Assert.Equal(vector is null ? new double[24] : Some.Host(vector), Some.Host(vectors[r, at]));
                compared++;
            }
        Assert.True(compared > 20);
        if (batch.Soft is not { } soft) return;

        // Stored weights are those of the stored record.
        var steps = rollouts.SelectMany(x => x.Rollout.Steps).Where(s => s.Kind == StepKind.Soft).ToList();
        var expected = batch.Sampling.Law!.Weights(soft.Record);
        for (var n = 0; n < steps.Count; n++)
            Table.Near(1e-6, [.. steps[n].Slots.Weights.ToArray().Select(w => (double)w)],
                Some.Host(expected[n])[..steps[n].Slots.Weights.Length], $"{law} step {n}");

        static List<(double, double)> Mixture(Tensor ids, Tensor weights) =>
            [.. Some.Host(ids).Zip(Some.Host(weights)).Where(x => x.Second != 0)];
    }

    /// <summary>
    /// The embedding law's record has a number of values of its own, whatever the answer's stored sets are: its input and its
    /// deviation are found in it again.
    /// </summary>
    [Fact]
    public void An_answer_with_a_wider_record_than_the_thoughts_leaves_their_record_alone()
    {
        using var model = Some.Model(vocabulary: 60, deviation: 0.15);
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GaussianEmbedding(2), topP: 1, length: 20) with
        {
            Answer = new SupportFilter { TopK = 40 }, ThinkLength = 6,
        };
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, sampling, seed: 7);
        Assert.Contains(groups.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps), s => s.Kind == StepKind.HardOnSupport);
        foreach (var step in groups.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps).Where(s => s.Kind == StepKind.Soft))
            Assert.Equal(25, step.Slots.Values.Length); // 24 and the deviation
        using var batch = Some.Batch(groups);
        using var replayed = Replay.LogDensities(model, batch);
        Table.Near(2e-5, Some.Host(batch.Recorded), replayed, "log-densities");
    }

    /// <summary>Once drawn, a thought's input and deviation are data: a table that has moved since changes neither.</summary>
    [Fact]
    public void A_replay_has_the_rollouts_input_and_deviation_after_the_table_has_moved()
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(tied: false);
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GaussianEmbedding(), length: 2);
        var groups = Some.GeneratorFor(model, decoder).Generate([Some.Prompts[2]], 1, sampling, seed: 7);
        using var batch = Some.Batch(groups);
        var step = groups[0].Rollouts[0][0];
        Assert.Equal(StepKind.Soft, step.Kind);
        var values = step.Slots.Values.ToArray().Select(v => (double)v).ToArray();
        double[] table = Some.Host(model.Embedding);
        Assert.Equal(0.33 * Math.Sqrt(table.Average(e => e * e)), values[^1], 1e-6);

        using (no_grad()) model.Embedding.mul_(2);
        Assert.Equal(values[..^1], Some.Host(batch.Vectors!.Values[0]));
        // The first thought follows the prompt alone: its density by hand, with the new table's rows and the old deviation.
        var logits = nn.functional.linear(model.Forward(model.Embed(batch.Ids, batch.Weights))[0, 0], model.Head);
        double[] z = Some.Host(logits);
        var p = step.Slots.Ids.ToArray().Select((id, i) => step.Slots.Kept.Span[i] ? Math.Exp(z[id]) : 0).ToArray();
        var off = Enumerable.Range(0, 24).Sum(d => Math.Pow(
            values[d] - step.Slots.Ids.ToArray().Select((id, i) => p[i] / p.Sum() * 2 * table[id * 24 + d]).Sum(), 2));
        var expected = -off / (2 * values[^1] * values[^1]) - 24 * (Math.Log(values[^1]) + 0.5 * Math.Log(2 * Math.PI));
        Assert.Equal(expected, Some.Host(Replay.LogDensities(model, batch))[0], 1e-4 * Math.Abs(expected));
    }

    [Fact]
    public void A_half_precision_model_is_fed_vectors_and_scores_them_in_single_precision()
    {
        using var scope = NewDisposeScope();
        using var off = no_grad();
        using var model = Some.Model(type: ScalarType.BFloat16);
        using var decoder = new TorchDecoder(model);
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 4, Some.Soft(new GaussianEmbedding()), seed: 7);
        using var batch = Some.Batch(groups);
        var densities = Replay.LogDensities(model, batch);
        Assert.Equal(ScalarType.Float32, densities.dtype);
        Assert.All(Some.Host(densities), x => Assert.True(double.IsFinite(x)));
        double[] table = Some.Host(model.Embedding), values = Some.Host(batch.Soft!.Record.Values[0]);
        Assert.Equal(1, values[^1] / (0.33 * Math.Sqrt(table.Average(e => e * e))), 0.005);
    }

    [Fact]
    public void Both_engines_add_a_vector_to_a_mixture()
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model();
        var random = new Random(3);
        var vectors = tensor(Enumerable.Range(0, 48).Select(_ => (float)(random.NextDouble() - 0.5)).ToArray(), [2, 24]);
        var ids = tensor(new long[] { 3, 4, 5, 6 }, [2, 2]);
        var weights = tensor(new[] { 0.5f, 0.25f, 0, 0 }, [2, 2]);
        using var torch = Some.Engine("torch", model);
        using var simd = Some.Engine("simd", model);
        double[] Fed(IDecoder decoder, Tensor? added)
        {
            decoder.Release();
            decoder.Add([[MixtureRow.Token(7)], [MixtureRow.Token(8), MixtureRow.Token(9)]], 1, 3).Dispose();
            using var first = decoder.Step(ids, weights, added);
            using var second = decoder.Step(ids, weights, added?.t().contiguous().t()); // a view of another order
            return [.. Some.Host(first), .. Some.Host(second)];
        }
        Table.Near(1e-5, Fed(torch, vectors), Fed(simd, vectors), "with vectors");
        Assert.Contains(Fed(torch, vectors).Zip(Fed(torch, null)), x => Math.Abs(x.First - x.Second) > 0.1);

        // By hand: the same sums as plain inputs, through the model's own forward pass.
        Tensor Input(int row) =>
            weights[row].unsqueeze(1).mul(model.Embedding.index_select(0, ids[row])).sum(dim: 0).add(vectors[row]);
        var inputs = stack([model.Embedding[7], Input(0), Input(0)]).unsqueeze(0);
        using var off = no_grad();
        var logits = nn.functional.linear(model.Forward(inputs), model.Head);
        var vocabulary = model.Config.VocabularySize;
        var fed = Fed(simd, vectors);
        Table.Near(1e-5, Some.Host(logits[0, 1]), fed[..vocabulary], "first");
        Table.Near(1e-5, Some.Host(logits[0, 2]), fed[(2 * vocabulary)..(3 * vocabulary)], "second");
    }

    [Theory]
    [MemberData(nameof(Laws))]
    public void The_gradient_agrees_with_finite_differences(string law)
    {
        using var model = Some.Model(type: ScalarType.Float64);
        using var decoder = new TorchDecoder(model);
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 2, Options(law) with { MaxNewTokens = 6 }, seed: 3);
        using var batch = Some.Batch(groups);
        // To another policy than the one that drew: there the published form has its clamped components on a kink.
        using (no_grad())
        {
            using var shifts = linspace(0.97, 1.02, 24, dtype: ScalarType.Float64);
            model.Named["model.norm.weight"].mul_(shifts);
        }
        double Sum()
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            return Some.Host(Replay.LogDensities(model, batch).mul(batch.Advantages.to(ScalarType.Float64)).sum())[0];
        }
        using (var total = Replay.LogDensities(model, batch).mul(batch.Advantages.to(ScalarType.Float64)).sum()) total.backward();

        // Inputs are data (detached), so only what comes after the embedding may be moved: the last norm, a projection, a bias.
        foreach (var name in new[]
        {
            "model.norm.weight", "model.layers.1.mlp.down_proj.weight", "model.layers.0.self_attn.v_proj.bias",
            "model.layers.1.self_attn.q_proj.weight"
        })
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            var flat = model.Named[name].view(-1);
            var gradient = Some.Host(model.Gradient(name)!.reshape(-1));
            foreach (var i in new[] { 0, 7 })
            {
                const double h = 1e-5;
                var entry = flat.narrow(0, i, 1);
                using var shift = full_like(entry, h);
                entry.add_(shift);
                var above = Sum();
                entry.sub_(shift).sub_(shift);
                var below = Sum();
                entry.add_(shift);
                Assert.Equal((above - below) / (2 * h), gradient[i], 5e-6 * Math.Max(1, Math.Abs(gradient[i])));
            }
        }
    }

    [Fact]
    public void Thought_inputs_carry_no_gradient_unless_asked_for()
    {
        using var model = Some.Model(tied: false);
        using var decoder = new TorchDecoder(model);
        using var batch = Some.Batch(
            Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 2, Some.Soft(new GumbelSoftmax(0.5)), seed: 3));
        using (var loss = Replay.LogDensities(model, batch).sum()) loss.backward();
        Assert.Null(model.Embedding.grad);
        using (var loss = Replay.LogDensities(model, batch, attachInputs: true).sum()) loss.backward();
        Assert.NotNull(model.Embedding.grad);
        using var norm = model.Embedding.grad!.norm();
        Assert.True(Some.Host(norm)[0] > 0);
    }

    [Fact]
    public void A_half_precision_model_has_single_precision_log_densities()
    {
        using var model = Some.Model(type: ScalarType.BFloat16);
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GumbelWinner());
        using var batch = Some.Batch(
            Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 16, sampling, seed: 7), sharePrompts: false);
        using var scope = NewDisposeScope();
        using var off = no_grad();
        var densities = Replay.LogDensities(model, batch);
        Assert.Equal(ScalarType.Float32, densities.dtype);
        // The logits are rounded to half precision, what is made of them is not: that would cost 0.4 % of every log-probability.
        var hidden = model.Forward(model.Embed(batch.Ids, batch.Weights)).reshape(-1, 24);
        var logits = nn.functional.linear(hidden, model.Head).to(ScalarType.Float32);
        var soft = batch.Soft!;
        var onSupport = StepLaw.Renormalized(logits.index_select(0, soft.Rows).gather(1, soft.Record.Ids), soft.Record.Kept, 1);
        var hard = logits.index_select(0, batch.HardRows!).log_softmax(-1).gather(1, batch.HardTokens!.unsqueeze(1)).squeeze(1);
        var expected = cat([new GumbelWinner().LogDensity(soft.Record, onSupport), hard]).index_select(0, batch.Order);
        Table.Near(1e-5, Some.Host(expected), densities, "log-densities");
    }

    /// <summary>Changes what one thought recorded: the densities of the steps behind it change, those before it do not.</summary>
    [Fact]
    public void A_thought_is_fed_to_the_steps_behind_it_and_to_no_other()
    {
        using var model = Some.Model();
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GumbelSoftmax(0.5)) with { ThinkEnd = ThinkEnd.Never };
        var group = Some.GeneratorFor(model, decoder).Generate([Some.Prompts[0]], 16, sampling, seed: 3)[0];
        var rollout = group.Rollouts.First(r => r.Length == sampling.MaxNewTokens);
        const int changed = 4;
        double[] Densities(bool change)
        {
            var copy = new Rollout(sampling, rollout.Width);
            for (var t = 0; t < rollout.Length; t++)
            {
                var step = rollout[t];
                var weights = step.Slots.Weights.ToArray();
                var values = step.Slots.Values.ToArray();
                if (change && t == changed) (weights[0], values[0]) = (weights[0] + 0.1f, values[0] + 1);
                copy.Add(step with { Slots = step.Slots with { Weights = weights, Values = values } });
            }
            using var batch = RolloutBatch.Collate([(group.Prompt, copy, 1.0)], CPU);
            using var densities = Replay.LogDensities(model, batch);
            return Some.Host(densities);
        }
        double[] before = Densities(false), after = Densities(true);
        Assert.Equal(before[..changed], after[..changed]);
        for (var t = changed; t < rollout.Length; t++) Assert.NotEqual(before[t], after[t]);
    }

    [Fact]
    public void The_step_that_ends_thinking_is_scored_over_the_whole_vocabulary()
    {
        using var model = Some.Model(deviation: 0.15);
        using var decoder = new TorchDecoder(model);
        // Five kept tokens of 23: the end marker's share of them would be far above its share of all.
        var sampling = Some.Soft(new GumbelSoftmax(), topK: 5, topP: 1, temperature: 0.7);
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 64, sampling, seed: 5);
        var all = groups.SelectMany(g => g.Rollouts.Select(r => (g.Prompt, Rollout: r)));
        var ends = all.Where(x => x.Rollout.Tokens.Contains(Some.ThinkEndToken)).ToList();
        Assert.NotEmpty(ends);
        foreach (var (prompt, rollout) in ends)
        {
            using var scope = NewDisposeScope();
            using var off = no_grad();
            using var batch = RolloutBatch.Collate([(prompt, rollout, 1.0)], CPU);
            var hidden = model.Forward(model.Embed(batch.Ids, batch.Weights));
            var at = rollout.Tokens.ToList().IndexOf(Some.ThinkEndToken);
            var logP = nn.functional.linear(hidden[0][prompt.Rows.Count + at - 1], model.Head).div(0.7f).log_softmax(-1);
            Assert.Equal(Some.Host(logP[Some.ThinkEndToken])[0], rollout[at].LogDensity, 1e-5);
        }
    }

    [Fact]
    public void A_rollout_does_not_change_when_its_batch_is_permuted_split_or_padded()
    {
        using var model = Some.Model();
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GumbelSoftmax(0.5));
        var whole = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 6, sampling, seed: 11);
        var alone = Some.GeneratorFor(model, decoder, maxRows: 6).Generate([.. Some.Prompts.Reverse()], 6, sampling, seed: 11)
            .Reverse().ToList();
        var late = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 2, sampling, seed: 11, firstSample: 4);
        for (var p = 0; p < whole.Count; p++)
            for (var g = 0; g < 6; g++)
            {
                Same(whole[p].Rollouts[g], alone[p].Rollouts[g]);
                if (g >= 4) Same(whole[p].Rollouts[g], late[p].Rollouts[g - 4]);
            }
    }

    [Fact]
    public void Another_seed_gives_other_rollouts()
    {
        using var model = Some.Model();
        using var decoder = new TorchDecoder(model);
        var generator = Some.GeneratorFor(model, decoder);
        var sampling = Some.Soft(new GumbelSoftmax());
        var texts = generator.Generate(Some.Prompts, 4, sampling, seed: 1).SelectMany(g => g.Rollouts).Select(r => r.Text);
        Assert.NotEqual(
            texts, generator.Generate(Some.Prompts, 4, sampling, seed: 2).SelectMany(g => g.Rollouts).Select(r => r.Text));
    }

    [Fact]
    public void The_step_that_ends_thinking_and_all_later_ones_are_plain_tokens()
    {
        using var model = Some.Model(deviation: 0.15);
        using var decoder = new TorchDecoder(model);
        var groups = Some.GeneratorFor(model, decoder)
            .Generate(Some.Prompts, 64, Some.Soft(new GumbelSoftmax(), topK: 20, topP: 1, length: 24), seed: 5);
        var rollouts = groups.SelectMany(g => g.Rollouts).ToList();
        Assert.Contains(rollouts, r => r.Tokens.Contains(Some.ThinkEndToken));
        Assert.Contains(rollouts, r => r.Finish == FinishReason.End);
        foreach (var rollout in rollouts)
        {
            var end = rollout.Tokens.ToList().FindIndex(t => t is Some.ThinkEndToken or Some.EndToken);
            for (var t = 0; t < rollout.Length; t++)
                Assert.Equal(end < 0 || t < end ? StepKind.Soft : StepKind.Hard, rollout[t].Kind);
        }
    }

    [Fact]
    public void Without_a_marker_every_step_stays_soft_up_to_the_end_of_the_text()
    {
        using var model = Some.Model(deviation: 0.15);
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GumbelSoftmax(), topK: 20, topP: 1, length: 24) with { ThinkEnd = ThinkEnd.Never };
        foreach (var rollout in Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 32, sampling, seed: 5)
            .SelectMany(g => g.Rollouts))
            for (var t = 0; t < rollout.Length; t++)
                Assert.Equal(rollout.Tokens[t] == Some.EndToken ? StepKind.Hard : StepKind.Soft, rollout[t].Kind);
    }

    [Fact]
    public void A_text_marker_ends_thinking_and_a_stop_text_ends_the_rollout()
    {
        using var model = Some.Model(deviation: 0.15);
        using var decoder = new TorchDecoder(model);
        var sampling = Some.Soft(new GumbelSoftmax(), topK: 20, topP: 1, length: 24) with
        {
            ThinkEnd = new ThinkEnd(Text: "4"), StopTexts = ["15"]
        };
        var rollouts = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 64, sampling, seed: 5).SelectMany(g => g.Rollouts)
            .ToList();
        Assert.Contains(rollouts, r => r.Finish == FinishReason.Stop);
        foreach (var rollout in rollouts)
        {
            if (rollout.Finish == FinishReason.Stop) Assert.EndsWith("15", rollout.Text);
            var marker = Enumerable.Range(0, rollout.Length)
                .FirstOrDefault(t => Some.Words([.. rollout.Tokens.Take(t + 1)]).Contains('4'), rollout.Length);
            for (var t = 0; t < rollout.Length; t++)
                Assert.Equal(t <= marker && rollout.Tokens[t] != Some.EndToken ? StepKind.Soft : StepKind.Hard, rollout[t].Kind);
        }
    }

    [Fact]
    public void A_prompt_longer_than_the_context_is_refused_with_the_remedy()
    {
        using var model = Some.Model();
        using var decoder = new TorchDecoder(model);
        var error = Assert.Throws<ArgumentException>(() => Some.GeneratorFor(model, decoder)
            .Generate([Some.Prompt("long", [.. Enumerable.Repeat(3, 60)])], 1, new SamplingOptions { MaxNewTokens = 12 }, 1));
        Assert.Contains("60 tokens", error.Message);
        Assert.Contains("max_completion_length", error.Message);
    }

    private static void Same(Rollout a, Rollout b)
    {
        Assert.Equal(a.Tokens, b.Tokens);
        Assert.Equal(a.Steps.Select(s => s.Kind), b.Steps.Select(s => s.Kind));
        for (var t = 0; t < a.Length; t++)
        {
            Assert.Equal(a[t].Slots.Ids.ToArray(), b[t].Slots.Ids.ToArray());
            // libtorch multiplies batches of another size in another order; a mixture feeds that rounding back step after step.
            foreach (var (x, y) in a[t].Slots.Values.ToArray().Zip(b[t].Slots.Values.ToArray()))
                Assert.True(x == y || Math.Abs(x - y) < 1e-4, $"{x} against {y}");
        }
    }
}
