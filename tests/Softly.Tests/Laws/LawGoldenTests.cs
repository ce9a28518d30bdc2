using System.Text.Json;
using Softly.Generation;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>Densities, scores and kept sets as tables of 50-digit arithmetic and of the published sampler give them.</summary>
public class LawGoldenTests
{
    /// <summary>
    /// How to read a file: which law a case is about, and what it recorded. Slots are the kept tokens in the order of the table.
    /// </summary>
    private static readonly Dictionary<string, Func<JsonElement, (StepLaw Law, double[] Values)>> Files = new()
    {
        // A categorical record is any array whose largest number stands at the drawn token.
        ["law_categorical"] = c => (new Categorical(), [.. c.Ints("kept").Select(id => id == c.Number("drawn") ? 1.0 : 0)]),
        ["law_winner"] = c => (new GumbelWinner(), c.Numbers("noisy")),
        ["law_gumbel"] = c => (new GumbelSoftmax(noiseScale: c.Number("noise_scale")), c.Numbers("noisy")),
        ["law_concrete"] = c => (new Concrete(c.Number("tau")), c.Numbers("noisy")),
        ["law_soft_cross_entropy"] = c => (new SoftCrossEntropy(c.Number("tau")), c.Numbers("noisy")),
        ["law_dirichlet"] = c => (new Dirichlet(c.Number("alpha")), [.. c.Numbers("weights").Select(y => Math.Log(y))]),
        ["law_gamma"] = c => (new Gamma(c.Number("alpha")), [.. c.Numbers("draws").Select(x => Math.Log(x))]),
        ["law_gaussian_logits"] = c => (new GaussianLogits(sigma: c.Number("sigma")), c.Numbers("noisy")),
        ["law_gaussian_probabilities"] = c => (new GaussianProbabilities(c.Number("sigma")), c.Numbers("draws")),
        ["law_gaussian_embedding"] = c => (new GaussianEmbedding(), [.. c.Numbers("input"), c.Number("sigma")]),
        ["law_multiplex"] = c => (
            new Multiplex(c.Ints("draws").Length), [.. c.Ints("kept").Select(id => (double)c.Ints("draws").Count(d => d == id))]),
        // The tokens drawn have the largest keys, in falling order.
        ["law_plackett_luce"] = c => (
            new WithoutReplacement(c.Ints("draws").Length),
            [.. c.Ints("kept").Select((id, i) => Array.IndexOf(c.Ints("draws"), id) is >= 0 and var n ? -n : -100.0 - i)]),
    };

    public static TheoryData<string> LawFiles => Directory.Exists(Path.Combine(Reference.Folder, "golden", "losses"))
        ? [.. Directory.GetFiles(Path.Combine(Reference.Folder, "golden", "losses"), "law_*.jsonl")
            .Select(f => Path.GetFileNameWithoutExtension(f)).Order()]
        : [.. Files.Keys];

    /// <summary>Fields that say what a case is, and that nothing is compared with.</summary>
    private static readonly HashSet<string> Given =
    [
        "id", "kind", "note", "temperature", "kept", "logits", "logits_new", "drawn", "noise_scale", "tau", "alpha", "sigma",
        "draws", "noisy", "input", "embedding",
    ];

    [Theory]
    [MemberData(nameof(LawFiles))]
    public void A_record_under_two_policies_has_the_numbers_of_the_table(string file)
    {
        foreach (var c in Table.Losses(file))
        {
            using var scope = NewDisposeScope();
            Assert.True(Files.TryGetValue(file, out var read), $"no one reads {file}: give it an entry in {nameof(Files)}");
            var (law, values) = read(c);
            var id = c.Text("id");
            var kept = tensor(c.Ints("kept").Select(i => (long)i).ToArray(), [1, c.Ints("kept").Length]);
            var temperature = c.Number("temperature");
            var left = c.EnumerateObject().Select(p => p.Name).Where(n => !Given.Contains(n)).ToHashSet();
            Tensor logits = Leaf("logits"), logitsNew = Leaf("logits_new");
            Tensor logP = LogP(logits), logPNew = LogP(logitsNew);
            var record = new ThoughtRecord(kept, ones_like(kept, ScalarType.Bool), logP.detach(), Row(values))
            {
                Rows = law.NeedsEmbedding ? tensor(c.Numbers("embedding"), [1, kept.shape[1], values.Length - 1]) : null,
            };
            Near("log_p", logP);
            Near("log_p_new", logPNew);

            Tensor density = law.LogDensity(record, logP), densityNew = law.LogDensity(record, logPNew);
            // These two leave out what the measure on weights has besides: see their documentation.
            var measure = law is Dirichlet or Gamma ? values.Sum() : 0;
            Near("log_density", density.sub(measure));
            Near("log_density_new", densityNew.sub(measure));
            Near("log_ratio", densityNew.sub(density));
            Near("score", Gradient(density, logits));
            Near("score_new", Gradient(densityNew, logitsNew));

            if (c.TryGetProperty("kl_old_new", out _))
            {
                Near("kl_old_new", law.Divergence(record, logP, logPNew)!);
                var divergence = law.Divergence(record, LogP(logitsNew), logP.detach())!;
                Near("kl_new_old", divergence);
                Near("kl_new_old_grad", Gradient(divergence, logitsNew));
            }
            if (left.Contains("score_covariance_trace"))
                Near("score_covariance_trace",
                    Row(law.ScoreVariance(Some.Host(logP.exp()))!.Value / (temperature * temperature)));
            if (left.Contains("terms"))
            {
                Near("terms", ((SeparableLaw)law).Terms(record, logP));
                Near("terms_new", ((SeparableLaw)law).Terms(record, logPNew));
            }
            Near("weights", law.Weights(record));
            Near("weights_mean", law.Weights(record));
            Near("counts", record.Values);
            if (left.Contains("weights_probability_per_draw"))
                Near("weights_probability_per_draw",
                    new Multiplex(c.Ints("draws").Length, DrawWeights.Probability).Weights(record));
            left.Remove("weights_probability_distinct"); // a rule of the paper that its code does not follow
            if (left.Contains("winner")) Assert.Equal(c.Number("winner"), Some.Host(kept.gather(1, law.Winner(record).unsqueeze(1)))[0]);
            left.Remove("winner");
            if (left.Contains("mean"))
            {
                // With the noise taken for the input, the exponent is 0 where the input is the mean.
                var atMean = record with { Values = Row([.. c.Numbers("mean"), c.Number("sigma")]) };
                var d = values.Length - 1;
                Near("mean", atMean.Values.narrow(1, 0, d));
                Table.Near([-d * (Math.Log(c.Number("sigma")) + 0.5 * Math.Log(2 * Math.PI))], law.LogDensity(atMean, logP), id);
                left.Remove("mean_new");
            }
            if (left.Contains("log_density_simplex"))
            {
                // The full density of y, by the formula at the head of the table's description.
                var (k, tau, y) = (values.Length, c.Number("tau"), Row(values).div(c.Number("tau")).log_softmax(1));
                var shift = Row(values).sub(y.mul(tau)).mean(); // g' = tau · log y + shift
                var rest = LogFactorial(k - 1) + (k - 1) * Math.Log(tau) - (tau + 1) * Some.Host(y.sum())[0];
                Near("log_density_simplex", density.sub(shift.mul(k)).add(rest));
                Near("log_density_simplex_new", densityNew.sub(shift.mul(k)).add(rest));
                var shares = logP.sub(Row(values)).softmax(1);
                Near("winner_weights", shares); // by hand: no law hands them out
            }
            Assert.Empty(left);

            Tensor Leaf(string name) => Row(c.Numbers(name)).requires_grad_();

            Tensor LogP(Tensor all) => law.LogP(all.gather(1, kept), ones_like(kept, ScalarType.Bool), temperature);

            void Near(string field, Tensor actual)
            {
                if (!left.Remove(field)) return;
                var expected = c.GetProperty(field).ValueKind == JsonValueKind.Array ? c.Numbers(field) : [c.Number(field)];
                Table.Near(expected, actual, $"{id} {field}");
            }

            static Tensor Gradient(Tensor of, Tensor by)
            {
                if (by.grad is { } before) before.zero_();
                of.sum().backward(retain_graph: true);
                return by.grad!.clone();
            }
        }
    }

    private static double LogFactorial(int n) => Enumerable.Range(1, n).Sum(i => Math.Log(i));

    /// <summary>
    /// The published sampler's kept tokens, their probabilities, and the mixture of its noisy log-probabilities. Its min-p and
    /// its cut to fewer slots than kept tokens have no counterpart here; its 1e-6 inside the logarithm is left out on purpose.
    /// </summary>
    [Fact]
    public void Kept_tokens_and_mixtures_are_those_of_the_published_sampler()
    {
        var compared = 0;
        foreach (var c in Table.Losses("sampler_gumbel"))
        {
            using var scope = NewDisposeScope();
            double[][] logits = c.Rows("logits"), p = c.Rows("p"), ids = c.Rows("slot_ids"), kept = c.Rows("kept");
            double[][] noisy = c.Rows("sorted_noisy"), weights = c.Rows("sorted_weights");
            var slots = (int)c.Number("slots");
            for (var row = 0; row < logits.Length; row++)
            {
                var what = $"{c.Text("id")} row {row}";
                Table.Near(weights[row], GumbelSoftmax.Mixture(Row(noisy[row]), c.Numbers("tau")[row]), what + " weights");
                var topK = c.Ints("top_k")[row];
                if (c.Numbers("min_p")[row] > 0 || slots < topK) continue;
                var (temperature, topP) = (c.Numbers("temperature")[row], c.Numbers("top_p")[row]);
                var support = new SupportFilter { Temperature = temperature, TopK = topK, TopP = topP }.Apply(Row(logits[row]));
                var count = (int)kept[row].Sum();
                Assert.Equal(count, (int)Some.Host(support.Kept.sum())[0]);
                Table.Near([.. p[row].Take(count)], support.LogP.exp().narrow(1, 0, count), what + " p");
                // Among equal logits the order is libtorch's own.
                if (logits[row].Distinct().Count() == logits[row].Length)
                    Table.Near(0, [.. ids[row].Take(count)], support.Ids.narrow(1, 0, count), what + " ids");
                compared++;
            }
        }
        Assert.True(compared > 60, $"only {compared} rows were compared");
    }

    [Fact]
    public void A_token_over_the_whole_vocabulary_has_the_log_probability_and_gradient_of_the_table()
    {
        foreach (var c in Table.Losses("token_log_prob"))
        {
            using var scope = NewDisposeScope();
            var rows = c.GetProperty("logits").EnumerateArray().SelectMany(b => b.EnumerateArray())
                .Select(r => r.EnumerateArray().Select(n => n.GetDouble()).ToArray()).ToArray();
            var vocabulary = rows[0].Length;
            var logits = tensor(rows.SelectMany(r => r).ToArray(), [rows.Length, vocabulary]).requires_grad_();
            // With the identity for a head, hidden states are logits.
            var head = eye(vocabulary, dtype: ScalarType.Float64);
            var labels = tensor(c.Ints("labels").Select(i => (long)i).ToArray());
            var logP = TokenLogP.Of(logits / c.Number("temperature"), head, labels);
            Table.Near(c.Numbers("log_prob"), logP, c.Text("id"));
            logP.sum().backward();
            Table.Near(c.Numbers("grad_log_prob"), logits.grad!, c.Text("id") + " gradient");
        }
    }

    private static Tensor Row(params double[] values) => tensor(values, [1, values.Length]);
}
