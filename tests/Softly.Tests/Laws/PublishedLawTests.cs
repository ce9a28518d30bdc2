using System.Text.Json;
using Softly.Cli;
using Softly.Cli.Recipes;
using Softly.Generation;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>
/// The laws that are what the published SofT-GRPO code computes, against every case of the tables that were made with that code:
/// log-densities with their gradients, and whole steps of its sampler.
/// </summary>
public class PublishedLawTests
{
    public static TheoryData<string> Densities => ["gumbel_log_prob", "dirichlet_log_prob", "normal_log_prob"];

    public static TheoryData<string> Samplers => ["sampler_gumbel", "sampler_gamma", "sampler_gaussian"];

    /// <summary>
    /// Rows that the published code takes for plain tokens, because their ids from the second on are all 0, are scored as plain
    /// tokens. Softly has flags for that: the mistakes of this rule (one slot, or a mixture of two whose second id is 0) cannot
    /// happen to it, and are reproduced here by scoring what expected.
    /// </summary>
    [Theory]
    [MemberData(nameof(Densities))]
    public void Log_density_and_gradient_of_a_record_are_those_of_the_published_code(string file)
    {
        int soft = 0, hard = 0, gradients = 0;
        foreach (var c in Table.Losses(file))
        {
            using var scope = NewDisposeScope();
            var what = c.Text("id");
            var ids = Ids(c.Rows("topk_ids"));                                               // (N, K)
            var discrete = c.Numbers("discrete").Select(d => d == 1).ToArray();
            Assert.Equal(discrete, c.Rows("topk_ids").Select(row => row.Skip(1).All(id => id == 0)));
            StepLaw law = file switch
            {
                "gumbel_log_prob" => new GumbelReference(),
                "dirichlet_log_prob" => new GammaReference(c.Number("alpha")),
                _ => new GaussianReference(c.Number("sigma")),
            };
            var drawn = Matrix(c.Rows(file == "gumbel_log_prob" ? "noisy" : "draws"));       // (N, K)
            if (law is GammaReference) drawn = drawn.log();
            var logits = Matrix(c.Rows("logits")).requires_grad_();                          // (N, V)
            var scores = new double[discrete.Length];
            var total = zeros(1, ScalarType.Float64);
            for (var row = 0; row < discrete.Length; row++)
            {
                var of = logits.narrow(0, row, 1);                                           // (1, V)
                Tensor score;                                                                // (1)
                if (discrete[row]) score = Token(of, c.Number("temperature"), c.Ints("labels")[row]);
                else
                {
                    var stored = ids.narrow(0, row, 1);                                      // (1, K)
                    var kept = ones_like(stored, ScalarType.Bool);
                    var logP = law.LogP(of.gather(1, stored), kept, c.Number("temperature"));
                    var record = new ThoughtRecord(stored, kept, logP.detach(), drawn.narrow(0, row, 1));
                    score = law.LogDensity(record, logP);
                    if (law is GumbelReference) Table.Near(c.Rows("log_p")[row], GumbelReference.LogP(logP), what + " log p");
                    else Table.Near(c.Rows("p")[row], logP.exp(), what + " p");
                }
                if (discrete[row]) hard++;
                else soft++;
                scores[row] = Some.Host(score)[0];
                total = total.add(score);
            }
            Table.Near(c.Numbers("log_prob"), scores, what);
            if (c.GetProperty("grad_logits").ValueKind == JsonValueKind.Null) continue; // on the clamp: rounding decides
            total.sum().backward();
            // 0/0: published, NaN reaches every token through its softmax over the vocabulary; here the stored ones.
            if (c.Text("kind") == "no_component_counted")
                Assert.All(c.Ints("topk_ids"), id => Assert.True(double.IsNaN(Some.Host(logits.grad!)[id])));
            else Table.Near(c.Numbers("grad_logits"), logits.grad!, what + " gradient");
            gradients++;
        }
        Report($"{file}: {soft} mixtures, {hard} plain tokens, gradients of {gradients} cases");
        Assert.True(soft > 30 && hard > 0);
    }

    /// <summary>
    /// Every number of a step: kept set, filler slots, record, mixture, winner, and the log-probability that is reported. The order
    /// of slots is ours: equal logits may be ordered otherwise, so noise goes to the token it is given to, and tokens are compared.
    /// </summary>
    [Theory]
    [MemberData(nameof(Samplers))]
    public void A_step_of_the_sampler_is_that_of_the_published_code(string file)
    {
        var rows = 0;
        foreach (var c in Table.Losses(file))
        {
            for (var row = 0; row < c.Rows("logits").Length; row++, rows++)
            {
                using var scope = NewDisposeScope();
                var what = $"{c.Text("id")} row {row}";
                double[] Of(string name) => c.Rows(name)[row];
                double Setting(string name) => c.Numbers(name)[row];
                var logits = Matrix([Of("logits")]);                                         // (1, V)
                var filter = new SupportFilter
                {
                    Temperature = Setting("temperature"), TopK = (int)Setting("top_k"), TopP = Setting("top_p"),
                    MinP = Setting("min_p"), Slots = (int)c.Number("slots"),
                };
                var support = filter.Apply(logits);                                          // (1, K)

                // Slot j of the table holds the token that slot places[j] of ours holds.
                double[] theirs = Of("slot_ids"), ours = Some.Host(Published.Filled(support).to(ScalarType.Float64));
                int[] Places(double[] ids) => [.. ids.Select(id => Array.IndexOf(ours, id))];
                var places = Places(theirs);
                Assert.DoesNotContain(-1, places);
                double[] Reordered(Tensor x, int[] to) { var all = Some.Host(x); return [.. to.Select(p => all[p])]; }
                Table.Near(0, Of("kept"), Reordered(support.Kept.to(ScalarType.Float64), places), what + " kept");
                Table.Near(Of("p"), Reordered(support.LogP.exp(), places), what + " p");
                if (!Ties(Of("logits"))) Assert.Equal(Enumerable.Range(0, theirs.Length), places);

                Tensor ByOurSlot(string name)                                                // (1, K)
                {
                    var values = new double[theirs.Length];
                    foreach (var (value, place) in Of(name).Zip(places)) values[place] = value;
                    return Matrix([values]);
                }
                StepLaw law;
                ThoughtRecord record;
                if (file == "sampler_gumbel")
                {
                    // The published sampler takes the first row's factor for all of a batch.
                    var gumbel = new GumbelReference(Setting("tau"), c.Numbers("noise_factor")[0]);
                    record = gumbel.Draw(support, ByOurSlot("noise").neg().exp().neg().exp());
                    Table.Near(Of("log_p"), Reordered(GumbelReference.LogP(support.LogP), places), what + " log p");
                    Table.Near([Setting("log_density")], gumbel.SamplerLogDensity(record), what + " log-density");
                    if (c.Numbers("noise_factor")[0] == 1)
                        Table.Near([Setting("log_density")], gumbel.LogDensity(record, record.LogP), what + " log-density");
                    law = gumbel;
                }
                else
                {
                    law = file == "sampler_gamma" ? new GammaReference() : new GaussianReference();
                    record = law is GaussianReference gaussian
                        ? gaussian.Record(support, ByOurSlot("standard_normal"))
                        : ThoughtRecord.Of(support, ByOurSlot("draws").log());
                    Table.Near([Setting("log_density")], law.LogDensity(record, record.LogP), what + " log-density");
                }
                Assert.Equal(ours, Some.Host(record.Ids.to(ScalarType.Float64)));
                var sorted = Places(Of("sorted_ids"));
                var drawn = law is GammaReference ? record.Values.exp() : record.Values;     // (1, K)
                Table.Near(Of(law is GumbelReference ? "sorted_noisy" : "sorted_draws"), Reordered(drawn, sorted), what + " draws");
                Table.Near(Of("sorted_weights"), Reordered(law.Weights(record), sorted), what + " weights");

                var winner = (int)ours[(int)Some.Host(law.Winner(record).to(ScalarType.Float64))[0]];
                Assert.Equal((int)Setting("dominant"), winner);
                Table.Near([Setting("dominant_log_prob")], Token(logits, filter.Temperature, winner), what + " winner");
                var entropy = TokenDivergence.Entropy(logits.div(filter.Temperature), Identity(logits.shape[1]));
                Table.Near([Setting("entropy")], entropy, what + " entropy");
            }
        }
        Report($"{file}: {rows} steps");
        Assert.True(rows > 25);
    }

    [Fact]
    public void Entropy_over_the_whole_vocabulary_and_its_gradient_are_those_of_the_published_code()
    {
        foreach (var c in Table.Losses("token_log_prob"))
        {
            using var scope = NewDisposeScope();
            var rows = c.GetProperty("logits").EnumerateArray().SelectMany(b => b.EnumerateArray())
                .Select(r => r.EnumerateArray().Select(n => n.GetDouble()).ToArray()).ToArray();
            var logits = Matrix(rows).requires_grad_();                                      // (N, V)
            var entropy = TokenDivergence.Entropy(logits.div(c.Number("temperature")), Identity(rows[0].Length));
            Table.Near(c.Numbers("entropy"), entropy, c.Text("id"));
            entropy.sum().backward();
            Table.Near(c.Numbers("grad_entropy"), logits.grad!, c.Text("id") + " gradient");
        }
    }

    [Fact]
    public void The_worked_example_has_its_densities_ratio_and_numerical_gradient()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelReference();
        double[] logits = [2.0, 1.2, 0.4, -0.3, -1.5, -2.5, -4.0, -6.0], moved = [2.1, 1.1, 0.5, -0.3, -1.5, -2.5, -4.0, -6.0];
        var noise = Matrix([[-0.20, 1.10, 0.35, 3.70, -2.10]]);
        var record = law.Draw(new SupportFilter { TopK = 5, TopP = 0.95 }.Apply(Matrix([logits])), noise.neg().exp().neg().exp());
        void Near(double[] expected, double[] actual) => Table.Near(2e-6, expected, actual, "worked example");
        Near([0, 1, 2, 3, 4], Some.Host(record.Ids.to(ScalarType.Float64)));
        Near([-.760462, -.260460, -1.810455, .139554, -15.315511], Some.Host(record.Values));
        Near([.000121, .017982, 0, .981897, 0], Some.Host(law.Weights(record)));
        Near([.101106, .274836, .012381, .611676, 0], Some.Host(new GumbelReference(0.5).Weights(record)));
        Near([-1.639687], Some.Host(law.SamplerLogDensity(record)));

        Tensor Density(Tensor z) => law.LogDensity(record, law.LogP(z.gather(1, record.Ids), record.Kept, 1));
        double At(double[] z) => Some.Host(Density(Matrix([z])))[0];
        Near([-1.642936, -1.667566, .975671], [At(logits), At(moved), Math.Exp(At(moved) - At(logits))]);

        const double step = 1e-6;
        double[] Shifted(int j, double by) => [.. logits.Select((z, i) => i == j ? z + by : z)];
        double[] numerical = [.. logits.Select((_, j) => (At(Shifted(j, step)) - At(Shifted(j, -step))) / (2 * step))];
        Near([-.159527, .119057, .054735, -.010963, -.003302, 0, 0, 0], numerical);
        var leaf = Matrix([logits]).requires_grad_();
        Density(leaf).backward();
        Table.Near(1e-8, numerical, leaf.grad!, "gradient");
    }

    [Fact]
    public void Min_p_and_the_number_of_slots_cut_after_top_p()
    {
        using var scope = NewDisposeScope();
        var logits = Matrix([[Math.Log(.4), Math.Log(.3), Math.Log(.2), Math.Log(.06), Math.Log(.04)]]);
        double[] P(SupportFilter filter) => Some.Host(filter.Apply(logits).LogP.exp());
        Table.Near(1e-12, [4.0 / 7, 3.0 / 7, 0], P(new SupportFilter { TopK = 3, MinP = 0.6 }), "min-p");
        Table.Near(1e-12, [1, 0, 0], P(new SupportFilter { TopK = 3, MinP = 1 }), "all but the most likely");
        Table.Near(1e-12, [4.0 / 7, 3.0 / 7], P(new SupportFilter { TopP = 0.85, Slots = 2 }), "fewer slots than kept");
        Table.Near(1e-12, [4.0 / 7, 3.0 / 7, 0, 0], P(new SupportFilter { TopK = 2, Slots = 4 }), "more slots than kept");
        Assert.Equal(5, new SupportFilter { TopK = 2, Slots = 9 }.Width(5));
        Assert.True(new SupportFilter { Slots = 4 }.IsStored);
        Assert.False(new SupportFilter { MinP = 0.1 }.KeepsAll);
        Assert.Contains(new SamplingOptions { Answer = new() { MinP = 0.1 } }.Problems(5, training: true), p => p.Contains("min_p: 0"));
    }

    [Fact]
    public void A_recipe_in_the_published_names_draws_as_the_published_sampler_does()
    {
        static SamplingOptions Sampling(List<string> wrong, params string[] keys) =>
            new Settings(RecipeReader.Read(null, keys), wrong).Sampling(null, new WordTokenizer(["<pad>", "<end>", "a"]), null);
        List<string> wrong = [];
        const string rollout = "actor_rollout_ref.rollout.";
        var options = Sampling(wrong, "thinking_law=gumbel-reference", rollout + "max_topk=7", rollout + "top_k=5", "min_p=0.02",
            rollout + "top_p=0.9", rollout + "after_thinking_min_p=0.1", rollout + "after_thinking_top_k=3", rollout + "noise_factor=0.5");
        Assert.Empty(wrong);
        Assert.IsType<GumbelReference>(options.Law);
        Assert.Equal(new SupportFilter { TopK = 5, TopP = 0.9, MinP = 0.02, Slots = 7 }, options.Thinking);
        Assert.Equal(new SupportFilter { TopK = 3, MinP = 0.1 }, options.Answer);
        Assert.Equal(7, options.Thinking.Width(100));

        // K alone says how many tokens a thought is made of; without thoughts it says nothing.
        Assert.Equal(12, Sampling(wrong, "thinking_law=gumbel-reference", "max_topk=12").Thinking.TopK);
        Assert.Equal(new SupportFilter { MinP = 0.3 }, Sampling(wrong, "thinking_law=none", "min_p=0.3").Answer);
        new Settings(RecipeReader.Read(null, ["max_topk=12"]), wrong)
            .CheckTraining(TaskCatalog.Find("countdown-3"), Some.Grpo(), new SamplingOptions());
        Assert.Contains("use top_k", Assert.Single(wrong));
    }

    /// <summary>Fillers are stored and scored, so that a fresh rollout's ratio is 1 with them too.</summary>
    [Theory]
    [InlineData("gumbel-reference", 6)]
    [InlineData("gaussian-reference", 6)]
    [InlineData("gamma-reference", 0)]
    public void Rollouts_with_empty_slots_are_replayed_with_a_ratio_of_one(string name, int kept)
    {
        using var model = Some.Model();
        using var decoder = Some.Engine("torch", model);
        var options = Some.Soft(StepLaws.Make(name, new LawSettings())) with
        {
            Thinking = new SupportFilter { TopK = 4, TopP = 0.8, MinP = 0.1, Slots = 6 },
        };
        var groups = Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 8, options, seed: 7);
        var thoughts = groups.SelectMany(g => g.Rollouts).SelectMany(r => r.Steps).Where(s => s.Kind == StepKind.Soft).ToList();
        Assert.True(thoughts.Count > 50);
        foreach (var slots in thoughts.Select(s => s.Slots))
        {
            Assert.Equal(6, slots.Ids.Length);
            Assert.True(slots.Weights.ToArray().Sum() is > 0.9999f and < 1.0001f);
            if (kept > 0)
            {
                Assert.All(slots.Kept.ToArray(), Assert.True);
                Assert.Equal(6, slots.Ids.ToArray().Distinct().Count());
            }
            else Assert.True(slots.Kept.ToArray().Count(k => k) <= 4);
        }
        using var batch = Some.Batch(groups);
        using var replayed = Replay.LogDensities(model, batch);
        Table.Near(2e-5, Some.Host(batch.Recorded), replayed, name);
    }

    /// <summary>
    /// What no density can do: the mean ratio is not 1, and, where the clamp is lopsided, the mean score is not 0. The clamp of
    /// the Gaussian surrogate is symmetric, so that its mean score is 0 all the same.
    /// </summary>
    [Theory]
    [InlineData("gumbel-reference", true)]
    [InlineData("gamma-reference", true)]
    [InlineData("gaussian-reference", false)]
    public void The_surrogates_miss_the_mean_ratio_and_the_mean_score_of_a_density(string name, bool lopsided)
    {
        using var scope = NewDisposeScope();
        const int draws = 100_000;
        double[] p = [.55, .25, .12, .06, .02], shift = [.2, -.1, .15, -.2, .1];
        var law = StepLaws.Make(name, new LawSettings());
        var support = Many(p, draws);
        var record = law.Draw(support, Uniforms(draws, law.UniformCount(p.Length, 1)));
        var leaf = support.LogP.detach().clone().requires_grad_();                           // (N, K)
        var old = law.LogDensity(record, law.LogP(leaf, record.Kept, 1));
        var now = law.LogDensity(record, law.LogP(leaf.add(Matrix([shift])), record.Kept, 1));
        var (mean, error) = Mean(Some.Host(now.sub(old).exp()));
        Report($"{name}: mean ratio {mean:F5} ± {error:F5}, {Math.Abs(mean - 1) / error:F0} standard errors");
        Assert.True(Math.Abs(mean - 1) > 5 * error);
        old.sum().backward();
        var off = Enumerable.Range(0, p.Length).Select(k => Mean(Some.Host(leaf.grad!.select(1, k))))
            .Max(s => Math.Abs(s.Mean) / s.Error);
        Report($"{name}: mean score off by {off:F0} standard errors");
        Assert.Equal(lopsided, off > 5);
    }

    /// <summary>
    /// The clamp on the noise takes from unlikely tokens: below a ratio of e^(−4.5) one can never win. Expected shares by numerical
    /// integration over the winner's noise, with its two atoms.
    /// </summary>
    [Theory]
    [InlineData(new[] { .30, .70 }, new[] { .29687, .70313 })]
    [InlineData(new[] { .10, .90 }, new[] { .09112, .90888 })]
    [InlineData(new[] { .05, .95 }, new[] { .03689, .96311 })]
    [InlineData(new[] { .03, .97 }, new[] { .01512, .98488 })]
    [InlineData(new[] { .02, .98 }, new[] { .00569, .99431 })]
    [InlineData(new[] { .01, .99 }, new[] { .0, 1 })]
    [InlineData(new[] { .6, .2, .1, .06, .04 }, new[] { .62532, .20383, .09512, .04952, .02620 })]
    public void Under_the_clamp_unlikely_tokens_win_less_often_than_their_probability(double[] p, double[] wins)
    {
        using var scope = NewDisposeScope();
        const int draws = 1_000_000;
        var law = new GumbelReference();
        var support = Many(p, draws);
        var record = law.Draw(support, Uniforms(draws, p.Length));
        var won = record.Ids.gather(1, law.Winner(record).unsqueeze(1)).squeeze(1);          // (N)
        for (var token = 0; token < wins.Length; token++)
        {
            var share = Some.Host(won.eq(token).to(ScalarType.Float64).mean())[0];
            var tolerance = 5e-6 + 4.5 * Math.Sqrt(wins[token] * (1 - wins[token]) / draws);
            Assert.True(Math.Abs(share - wins[token]) <= tolerance, $"{p[token]} wins {share:F5}, expected {wins[token]}");
            Report($"{p[token]} wins {share:F5}, expected {wins[token]}");
        }
    }

    private static Support Many(double[] p, int draws) => new SupportFilter { TopK = p.Length }.Apply(
        Matrix([[.. p.Select(x => Math.Log(x))]]).expand(draws, p.Length).contiguous());

    private static Tensor Uniforms(int draws, int width)
    {
        var numbers = new double[draws * width];
        for (var i = 0; i < draws; i++) CounterNoise.Uniforms(3, 1, i, 0, numbers.AsSpan(i * width, width));
        return tensor(numbers, [draws, width]);
    }

    private static (double Mean, double Error) Mean(double[] values)
    {
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length / (values.Length - 1)));
    }

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static Tensor Ids(double[][] rows) => Matrix(rows).to(ScalarType.Int64);

    /// <summary>With the identity for a head, hidden states are logits.</summary>
    private static Tensor Identity(long vocabulary) => eye(vocabulary, dtype: ScalarType.Float64);

    private static Tensor Token(Tensor logits, double temperature, int token) =>
        TokenLogP.Of(logits.div(temperature), Identity(logits.shape[1]), tensor(new[] { (long)token }));

    private static bool Ties(double[] values) => values.Distinct().Count() < values.Length;

    private static void Report(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
