using System.Text.Json;
using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;
using Generator = Softly.Generation.Generator;
using Step = Softly.Rollouts.Step;

namespace Softly.Tests.Algorithms;

/// <summary>
/// From recorded rollouts to inputs, log-probabilities, losses and the gradient of a whole update, as the published SofT-GRPO
/// code computes them: every case of its tables. The model's answer is given as logits, so the output head is the identity here.
/// </summary>
public class PublishedUpdateTests
{
    [Fact]
    public void Inputs_log_probabilities_and_entropies_of_recorded_rollouts_are_those_of_the_published_code()
    {
        var cases = 0;
        foreach (var c in Table.Losses("soft_input"))
        {
            using var scope = NewDisposeScope();
            var what = c.Text("id");
            using var model = Embedding(c);
            var all = new Recorded(c, 0, c.Rows("input_ids").Length);

            // In double precision, position by position as the table lays them out.
            var weights = all.Weights();                                                     // (B, S, K)
            Table.Near(c.Numbers("weights"), weights, what + " weights");
            var inputs = model.Embed(all.TableIds(), weights);                               // (B, S, D)
            Table.Near(c.Numbers("inputs"), inputs, what + " inputs");
            Table.Near(0.02, c.Numbers("inputs_bf16"), inputs, what + " inputs in half precision");

            // As the trainer lays them out: no padding before a prompt, single precision, the last step not fed.
            using var batch = all.Collate(new double[all.Count]);
            var fed = Some.Host(model.Embed(batch.Ids, batch.Weights));                      // (B, T, D)
            var width = model.Config.HiddenSize;
            var expected = c.GetProperty("inputs").EnumerateArray().Select(b => b.EnumerateArray()
                .Select(s => s.EnumerateArray().Select(n => n.GetDouble()).ToArray()).ToArray()).ToArray();
            for (var b = 0; b < all.Count; b++)
                for (var t = 0; t < all.Prompt(b) + all.Length(b) - 1; t++)
                    Table.Near(1e-5, expected[b][all.Offset(b) + t],
                        fed.AsSpan((b * (int)batch.Ids.shape[1] + t) * width, width).ToArray(), what + " inputs of the batch");

            var logits = all.Logits("logits");                                               // (B, S, V)
            Table.Near(all.Scored("log_prob"), all.LogDensities(batch, logits), what + " log-probability");
            Table.Near(all.Scored("entropy"), all.Entropies(batch, logits), what + " entropy");
            cases++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"soft_input: {cases} cases");
    }

    [Fact]
    public void A_whole_update_has_the_advantages_losses_and_gradient_of_the_published_code()
    {
        var cases = 0;
        foreach (var c in Table.Losses("update_step"))
        {
            using var scope = NewDisposeScope();
            var what = c.Text("id");
            var count = c.Rows("input_ids").Length;
            var size = (int)c.Number("micro_batch");
            var advantages = Advantages(c.Numbers("rewards"), c.Ints("group"));
            var whole = new Recorded(c, 0, count);
            Table.Near(3e-10, whole.Scored("advantages"), whole.PerStep(advantages), what + " advantages");

            var options = new LossOptions
            {
                Aggregation = LossTypes.Mode(c.Text("mode")),
                EpsilonLow = c.NumberOrNull("clip_low") ?? c.Number("clip"),
                EpsilonHigh = c.NumberOrNull("clip_high") ?? c.Number("clip"),
                DualClip = c.Number("clip_c"),
                Beta = c.Number("kl_coef"),
                Kl = Divergence(c.Text("kl_type")),
                EntropyCoefficient = c.Number("entropy_coef"),
            };
            var algorithm = new PolicyGradient(options);
            var leaf = whole.Logits("logits").requires_grad_();                              // (B, S, V)
            var total = zeros(1, ScalarType.Float64);
            List<double> policies = [], clipped = [], dual = [], drift = [];
            Tensor? kl = null;
            for (var first = 0; first < count; first += size)
            {
                var part = new Recorded(c, first, Math.Min(size, count - first));
                using var batch = part.Collate(advantages[first..(first + part.Count)]);
                batch.Old = part.LogDensities(batch, part.Logits("logits_old"));             // (N)
                batch.Reference = part.LogDensities(batch, part.Logits("logits_ref"));       // (N)
                var logits = leaf.narrow(0, first, part.Count);
                var now = part.LogDensities(batch, logits);                                  // (N)
                Table.Near(part.Scored("old_log_prob"), batch.Old, what + " old");
                Table.Near(part.Scored("ref_log_prob"), batch.Reference, what + " reference");
                Table.Near(part.Scored("log_prob"), now, what + " now");

                // Published, every micro-batch is an update's size of its own, and their losses are averaged.
                var scores = new StepScores(now) { Entropies = part.Entropies(batch, logits) };
                var loss = algorithm.Loss(scores, batch, new UpdateSize(batch.Steps, batch.Rollouts));
                total = total.add(loss.Total.mul((double)size / count));
                var figures = loss.Names.Zip(Some.Host(loss.Report)).ToDictionary(f => f.First, f => f.Second);
                policies.Add(figures["policy_loss"]);
                clipped.Add(figures["clip_ratio/low_mean"] + figures["clip_ratio/high_mean"]);
                dual.Add(figures["clip_ratio/dual_mean"]);
                drift.Add(-figures["log_ratio/mean"]);
                if (options.Beta != 0) // reported over steps; published, weighted as the loss is
                    kl = options.Aggregation == Aggregation.TokenMean
                        ? tensor(new[] { figures["kl"] })
                        : StepWeights.Of(options.Aggregation, batch.Lengths, batch.Steps, batch.Rollouts, 1)
                            .mul(KlEstimates.K3(now, batch.Reference)).sum();
            }
            Table.Near(c.Numbers("micro_pg_loss"), [.. policies], what + " policy losses");
            Table.Near(c.Numbers("micro_clip_fraction"), [.. clipped], what + " clipped shares");
            Table.Near(c.Numbers("micro_clip_fraction_dual"), [.. dual], what + " shares of the dual clip");
            Table.Near(c.Numbers("micro_approx_kl"), [.. drift], what + " mean log-ratios");
            Assert.Equal(c.NumberOrNull("last_micro_kl_loss") is null, kl is null);
            if (kl is not null) Table.Near([c.Number("last_micro_kl_loss")], kl, what + " KL");
            Table.Near([c.Number("loss")], total, what + " loss");
            total.sum().backward();
            Table.Near(c.Numbers("grad_logits"), leaf.grad!, what + " gradient");
            Table.Near([c.Number("grad_norm")], leaf.grad!.norm(), what + " gradient's norm");
            cases++;
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"update_step: {cases} cases");
    }

    [Fact]
    public void A_rollout_goes_up_to_and_including_the_first_end_token_as_in_the_published_mask()
    {
        var rows = 0;
        foreach (var c in Table.Losses("response_mask"))
        {
            var vocabulary = (int)c.Numbers("response").Concat(c.Numbers("end_ids")).Max() + 1;
            foreach (var (response, mask) in c.Rows("response").Zip(c.Rows("mask")))
            {
                using var scope = NewDisposeScope();
                using var decoder = new Scripted([.. response.Select(id => (int)id)], vocabulary);
                var generator = new Generator(decoder, CPU, vocabulary, c.Ints("end_ids"), Some.Words);
                var rollout = generator.Generate(
                    [Some.Prompt("p", 0)], 1, new SamplingOptions { MaxNewTokens = response.Length }, 1)[0].Rollouts[0];
                Assert.Equal(response.Take(rollout.Length).Select(id => (int)id), rollout.Tokens);
                double[] lived = [.. response.Select((_, i) => i < rollout.Length ? 1.0 : 0)];
                Table.Near(0, mask, lived, c.Text("id"));
                var ends = response.Any(id => c.Ints("end_ids").Contains((int)id));
                Assert.Equal(ends ? FinishReason.End : FinishReason.Length, rollout.Finish);
                rows++;
            }
        }
        TestContext.Current.TestOutputHelper?.WriteLine($"response_mask: {rows} responses");
    }

    private static double[] Advantages(double[] rewards, int[] group)
    {
        var advantages = new double[rewards.Length];
        foreach (var members in Enumerable.Range(0, group.Length).GroupBy(i => group[i]).Select(g => g.ToArray()))
        {
            Assert.True(members.Length > 1);
            var ofGroup = GroupAdvantage.Of([.. members.Select(i => rewards[i])], divide: true, 1e-6);
            foreach (var (i, advantage) in members.Zip(ofGroup)) advantages[i] = advantage;
        }
        return advantages;
    }

    private static KlEstimator Divergence(string type) => type switch
    {
        "low_var_kl" or "k3" => KlEstimator.K3,
        "mse" or "k2" => KlEstimator.K2,
        "abs" => KlEstimator.Abs,
        "kl" or "k1" => KlEstimator.K1,
        _ => throw new ArgumentOutOfRangeException(nameof(type), type, null),
    };

    /// <summary>A model whose embedding is the table's; the rest does not matter.</summary>
    private static Decoder Embedding(JsonElement c)
    {
        var rows = c.Rows("embedding");
        var model = new Decoder(new DecoderConfig
        {
            VocabularySize = rows.Length,
            HiddenSize = rows[0].Length,
            IntermediateSize = 2,
            Layers = 1,
            Heads = 1,
            KeyValueHeads = 1,
            HeadSize = 2,
            MaxPositions = 8,
        }, ScalarType.Float64);
        using var off = no_grad();
        model.Named["model.embed_tokens.weight"].copy_(tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]));
        return model;
    }

    /// <summary>Rows of a table as rollouts, and what is computed of them from given logits.</summary>
    private sealed class Recorded
    {
        private readonly JsonElement _case;
        private readonly int _first, _positions, _prompt, _slots, _vocabulary;
        private readonly double _temperature;
        private readonly double[][] _ids, _attention, _stored, _noisy, _discrete, _mask;
        private readonly GumbelReference _law;

        public Recorded(JsonElement c, int first, int count)
        {
            double[][] Of(string name) => c.Rows(name)[first..(first + count)];
            (_case, _first, Count) = (c, first, count);
            _prompt = (int)c.Number("prompt_length");
            _temperature = c.Number("temperature");
            (_ids, _attention, _discrete, _mask) = (Of("input_ids"), Of("attention_mask"), Of("discrete"), Of("response_mask"));
            (_stored, _noisy) = (Of("topk_ids"), Of("noisy"));
            _positions = _ids[0].Length;
            _slots = _stored[0].Length / _positions;
            _vocabulary = c.Rows("logits")[0].Length / _positions;
            _law = new GumbelReference(c.Number("tau"));
        }

        public int Count { get; }

        public int Prompt(int b) => (int)_attention[b].Take(_prompt).Sum();

        public int Length(int b) => (int)_mask[b].Sum();

        /// <summary>Padding before the prompt.</summary>
        public int Offset(int b) => _prompt - Prompt(b);

        public Tensor Logits(string name) => tensor(
            _case.Rows(name)[_first..(_first + Count)].SelectMany(r => r).ToArray(), [Count, _positions, _vocabulary]);

        /// <summary>The numbers of an array (B, L) that belong to scored steps, (N).</summary>
        public double[] Scored(string name) =>
            [.. _case.Rows(name)[_first..(_first + Count)].SelectMany((row, b) => row.Take(Length(b)))];

        public double[] PerStep(double[] perRollout) =>
            [.. perRollout.SelectMany((x, b) => Enumerable.Repeat(x, Length(b)))];

        public Tensor TableIds() => tensor(
            _stored.SelectMany(r => r).Select(id => (long)id).ToArray(), [Count, _positions, _slots]);

        /// <summary>What is fed at every position of the table, (B, S, K).</summary>
        public Tensor Weights()
        {
            var noisy = tensor(_noisy.SelectMany(r => r).ToArray(), [Count, _positions, _slots]);
            var kept = ones_like(noisy, ScalarType.Bool);
            var soft = _law.Weights(new ThoughtRecord(TableIds(), kept, noisy, noisy));
            var plain = zeros_like(soft);
            plain.narrow(2, 0, 1).fill_(1);
            var discrete = tensor(_discrete.SelectMany(r => r).ToArray(), [Count, _positions, 1]).eq(1);
            return where(discrete, plain, soft).mul(tensor(_attention.SelectMany(r => r).ToArray(), [Count, _positions, 1]));
        }

        public RolloutBatch Collate(double[] advantages)
        {
            var sampling = new SamplingOptions
            {
                Law = _law,
                Thinking = new SupportFilter { TopK = _slots, Temperature = _temperature },
                Answer = new SupportFilter { Temperature = _temperature },
            };
            var weights = Some.Host(Weights());
            var rows = Enumerable.Range(0, Count).Select(b =>
            {
                var tokens = _ids[b].Skip(Offset(b)).Take(Prompt(b)).Select(id => (int)id).ToArray();
                var rollout = new Rollout(sampling, _slots);
                for (var s = _prompt; s < _prompt + Length(b); s++)
                {
                    var slots = _discrete[b][s] == 1 ? default : new StepSlots(
                        Slots(_stored[b], s).Select(id => (long)id).ToArray(), Enumerable.Repeat(true, _slots).ToArray(),
                        new float[_slots], Slots(weights, b * _positions + s).Select(w => (float)w).ToArray(),
                        Slots(_noisy[b], s).Select(g => (float)g).ToArray());
                    var kind = _discrete[b][s] == 1 ? StepKind.Hard : StepKind.Soft;
                    rollout.Add(new Step(kind, (int)_ids[b][s], slots, _temperature, 0, 0, 1));
                }
                return (Some.Prompt($"p{b}", tokens), rollout, advantages[b]);
            }).ToList();
            return RolloutBatch.Collate(rows, CPU, sharePrompts: false);
        }

        /// <summary>
        /// As <see cref="Replay"/> reads them, from the batch's own rows and ids; records and temperatures in double precision.
        /// </summary>
        /// <returns>(N).</returns>
        public Tensor LogDensities(RolloutBatch batch, Tensor logits)
        {
            var hidden = Laid(batch, logits);                                                // (B·T, V)
            var parts = new List<Tensor>();
            if (batch.Soft is { } soft)
            {
                double[] noisy = [.. Steps().Where(x => _discrete[x.B][x.S] == 0).SelectMany(x => Slots(_noisy[x.B], x.S))];
                var record = soft.Record with { Values = tensor(noisy, soft.Record.Ids.shape) };
                var stored = hidden.index_select(0, soft.Rows).gather(1, record.Ids);        // (M, K)
                parts.Add(_law.LogDensity(record, _law.LogP(stored, record.Kept, _temperature)));
            }
            if (batch.HardRows is { } rows)
                parts.Add(TokenLogP.Of(hidden.index_select(0, rows).div(_temperature), Identity(), batch.HardTokens!));
            return cat(parts).index_select(0, batch.Order);
        }

        /// <returns>(N).</returns>
        public Tensor Entropies(RolloutBatch batch, Tensor logits)
        {
            var rows = cat([.. new[] { batch.Soft?.Rows, batch.HardRows }.OfType<Tensor>()]).index_select(0, batch.Order);
            return TokenDivergence.Entropy(Laid(batch, logits).index_select(0, rows).div(_temperature), Identity());
        }

        private IEnumerable<(int B, int S)> Steps() =>
            Enumerable.Range(0, Count).SelectMany(b => Enumerable.Range(_prompt, Length(b)).Select(s => (b, s)));

        /// <summary>The table's logits where the batch has its positions, (B·T, V).</summary>
        private Tensor Laid(RolloutBatch batch, Tensor logits)
        {
            var columns = (int)batch.Ids.shape[1];
            long[] at = [.. Enumerable.Range(0, Count).SelectMany(b => Enumerable.Range(0, columns)
                .Select(t => (long)b * _positions + Math.Min(_positions - 1, Offset(b) + t)))];
            return logits.reshape(-1, _vocabulary).index_select(0, tensor(at));
        }

        private Tensor Identity() => eye(_vocabulary, dtype: ScalarType.Float64);

        private double[] Slots(double[] flat, int position) => flat[(position * _slots)..((position + 1) * _slots)];
    }

    /// <summary>Says one text, whatever it is fed.</summary>
    private sealed class Scripted(int[] tokens, int vocabulary) : IDecoder
    {
        private int _next;

        public Tensor Embedding { get; } = zeros(vocabulary, 2);

        public bool IsApart => true;

        public Tensor Add(IReadOnlyList<IReadOnlyList<MixtureRow>> prompts, int rowsPerPrompt, int newPositions) => Say();

        public void Fork(int row, int count) => throw new NotSupportedException();

        public Tensor Step(Tensor ids, Tensor weights, Tensor? vectors = null) => Say();

        public void Refresh() { }

        public void Release() { }

        public void Keep(ReadOnlySpan<int> rows) { }

        public void Dispose() => Embedding.Dispose();

        private Tensor Say()
        {
            var logits = zeros(1, vocabulary);
            logits[0, tokens[Math.Min(_next++, tokens.Length - 1)]] = 200;
            return logits;
        }
    }
}
