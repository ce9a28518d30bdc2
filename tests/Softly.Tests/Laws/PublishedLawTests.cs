using System.Text.Json;
using Softly.Generation;
using Softly.Sampling;
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
    /// happen to it, and are reproduced here by scoring what the table says.
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

    private static Tensor Matrix(double[][] rows) => tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, rows[0].Length]);

    private static Tensor Ids(double[][] rows) => Matrix(rows).to(ScalarType.Int64);

    /// <summary>With the identity for a head, hidden states are logits.</summary>
    private static Tensor Identity(long vocabulary) => eye(vocabulary, dtype: ScalarType.Float64);

    private static Tensor Token(Tensor logits, double temperature, int token) =>
        TokenLogP.Of(logits.div(temperature), Identity(logits.shape[1]), tensor(new[] { (long)token }));

    private static bool Ties(double[] values) => values.Distinct().Count() < values.Length;

    private static void Report(string line) => TestContext.Current.TestOutputHelper?.WriteLine(line);
}
