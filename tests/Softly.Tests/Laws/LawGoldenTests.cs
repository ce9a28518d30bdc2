using System.Text.Json;
using Softly.Generation;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>Densities, scores and kept sets as tables of 50-digit arithmetic and of the published sampler give them.</summary>
public class LawGoldenTests
{
    [Theory]
    [InlineData("law_categorical")]
    [InlineData("law_winner")]
    [InlineData("law_gumbel")]
    public void Log_density_score_and_ratio_of_a_record_are_those_of_the_table(string file)
    {
        foreach (var c in Table.Losses(file))
        {
            using var scope = NewDisposeScope();
            var kept = c.Ints("kept");
            StepLaw law = file switch
            {
                "law_categorical" => new Categorical(),
                "law_winner" => new GumbelWinner(),
                _ => new GumbelSoftmax(noiseScale: c.Number("noise_scale")),
            };
            // A categorical record is any array whose largest number stands at the drawn token.
            var values = Row(file == "law_categorical"
                ? [.. kept.Select(id => id == c.Number("drawn") ? 1.0 : 0)]
                : c.Numbers("noisy"));
            var then = Check("");
            var now = Check("_new");
            Table.Near([c.Number("log_ratio")], now.sub(then), $"{c.Text("id")} log_ratio");

            Tensor Check(string which)
            {
                var logits = Row(c.Numbers("logits" + which)).requires_grad_();
                var all = ones([1, kept.Length], ScalarType.Bool);
                var stored = logits.index_select(1, tensor(kept.Select(i => (long)i).ToArray()));
                var logP = StepLaw.Renormalized(stored, all, c.Number("temperature"));
                Table.Near(c.Numbers("log_p" + which), logP, $"{c.Text("id")} log_p{which}");
                var density = law.LogDensity(new ThoughtRecord(all, all, logP.detach(), values), logP);
                Table.Near([c.Number("log_density" + which)], density, $"{c.Text("id")} log_density{which}");
                density.backward();
                Table.Near(c.Numbers("score" + which), logits.grad!, $"{c.Text("id")} score{which}");
                return density.detach();
            }
        }
    }

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

    private static Tensor Row(double[] values) => tensor(values, [1, values.Length]);
}
