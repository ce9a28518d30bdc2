using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>
/// One step worked out by hand in double precision: eight logits, top-k 5, top-p 0.95, noise given by rank. Also the invariants
/// of the paper's form that need no model (1 to 8, 15 to 18).
/// </summary>
public class GoldenVectorTests
{
    private static readonly double[] Logits = [2.0, 1.2, 0.4, -0.3, -1.5, -2.5, -4.0, -6.0];
    private static readonly double[] Moved = [2.1, 1.1, 0.5, -0.3, -1.5, -2.5, -4.0, -6.0];
    private static readonly double[] Noise = [-0.20, 1.10, 0.35, 3.70, -2.10];
    private static readonly SupportFilter Filter = new() { TopK = 5, TopP = 0.95 };

    private static Tensor Row(params double[] values) => tensor(values, [1, values.Length]);

    /// <summary>Uniforms whose Gumbel noise is the given one: u = exp(−exp(−ε)).</summary>
    private static Tensor Uniforms(params double[] noise) => Row([.. noise.Select(e => Math.Exp(-Math.Exp(-e)))]);

    private static void Near(double[] expected, Tensor actual, double tolerance = 1e-6)
    {
        var values = Some.Host(actual);
        Assert.Equal(expected.Length, values.Length);
        for (var i = 0; i < expected.Length; i++)
            Assert.True(
                expected[i].Equals(values[i]) || Math.Abs(expected[i] - values[i]) < tolerance,
                $"[{i}] {values[i]}, expected {expected[i]}");
    }

    [Fact]
    public void The_filter_truncates_by_k_renormalises_and_then_truncates_by_p()
    {
        using var scope = NewDisposeScope();
        var byK = new SupportFilter { TopK = 5 }.Apply(Row(Logits));
        Near([.561267, .252194, .113318, .056272, .016949], byK.LogP.exp());
        var support = Filter.Apply(Row(Logits));
        Near([0, 1, 2, 3, 4], support.Ids.to(ScalarType.Float64));
        Near([1, 1, 1, 1, 0], support.Kept.to(ScalarType.Float64));
        Near([.570944, .256542, .115272, .057242, 0], support.LogP.exp());
    }

    [Fact]
    public void The_order_matters_where_top_p_on_all_tokens_would_keep_more()
    {
        using var scope = NewDisposeScope();
        // p = .4 .3 .2 .1: top-k 2 gives .571 .429, so top-p .55 keeps one token; on the whole distribution it would keep two.
        var support = new SupportFilter { TopK = 2, TopP = 0.55 }.Apply(
            Row(Math.Log(.4), Math.Log(.3), Math.Log(.2), Math.Log(.1)));
        Near([1, 0], support.Kept.to(ScalarType.Float64));
    }

    [Fact]
    public void A_k_above_the_vocabulary_keeps_all_and_one_token_is_always_kept()
    {
        using var scope = NewDisposeScope();
        Assert.Equal(8, new SupportFilter { TopK = 99 }.Apply(Row(Logits)).Ids.shape[1]);
        Near([1, 0, 0, 0, 0, 0, 0, 0], new SupportFilter { TopP = 1e-9 }.Apply(Row(Logits)).Kept.to(ScalarType.Float64));
    }

    [Fact]
    public void The_paper_form_gives_the_golden_densities_ratio_and_gradient()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var support = Filter.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        Near([-7.233685], law.LogDensity(record, support.LogP));

        Tensor Density(Tensor logits) =>
            law.LogDensity(record, StepLaw.Renormalized(logits.gather(1, support.Ids), support.Kept, 1));
        Near([-7.379304], Density(Row(Moved)));
        Near([.864488], Density(Row(Moved)).sub(Density(Row(Logits))).exp());

        var leaf = Row(Logits).requires_grad_();
        Density(leaf).backward();
        Near([-1.201323, .226822, .097469, .877031, 0, 0, 0, 0], leaf.grad!);
    }

    [Fact]
    public void The_gradient_is_c_minus_p_times_the_sum_of_c_and_sums_to_zero()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var support = Filter.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        var leaf = Row(Logits).requires_grad_();
        law.LogDensity(record, StepLaw.Renormalized(leaf.gather(1, support.Ids), support.Kept, 1)).backward();
        var c = Noise.Take(4).Select(e => 1 - Math.Exp(-e)).ToArray();
        var p = Some.Host(support.LogP.exp());
        var gradient = Some.Host(leaf.grad!);
        for (var j = 0; j < 8; j++) Assert.Equal(j < 4 ? c[j] - p[j] * c.Sum() : 0, gradient[j], 9);
        Assert.Equal(0, gradient.Sum(), 9);
    }

    [Fact]
    public void One_kept_token_gives_a_constant_density_and_no_gradient()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var support = new SupportFilter { TopK = 5, TopP = 0.1 }.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        var leaf = Row(Logits).requires_grad_();
        var density = law.LogDensity(record, StepLaw.Renormalized(leaf.gather(1, support.Ids), support.Kept, 1));
        // log p = 0, so only the noise counts: −ε − e^(−ε) with ε = −0.2.
        Near([0.2 - Math.Exp(0.2)], density);
        density.backward();
        Near(new double[8], leaf.grad!, 1e-12);
    }

    [Fact]
    public void The_mixture_is_the_softmax_of_the_record_and_closed_slots_weigh_nothing()
    {
        using var scope = NewDisposeScope();
        var support = Filter.Apply(Row(Logits));
        foreach (var tau in new[] { 0.1, 0.5, 2.0 })
        {
            var law = new GumbelSoftmax(tau);
            var record = law.Draw(support, Uniforms(Noise));
            var logP = Some.Host(support.LogP);
            var raw = Enumerable.Range(0, 4).Select(i => Math.Exp((logP[i] + Noise[i]) / tau)).ToArray();
            Near([.. raw.Select(r => r / raw.Sum()), 0], law.Weights(record));
            // The common shift never reaches the model.
            Near(Some.Host(law.Weights(record)), law.Weights(record with { Values = record.Values.add(3) }));
        }
        var sharp = new GumbelSoftmax(1e-4);
        Near([0, 0, 0, 1, 0], sharp.Weights(sharp.Draw(support, Uniforms(Noise)))); // ε = 3.7 makes the fourth token win
        var flat = new GumbelSoftmax(1e6);
        Near([.25, .25, .25, .25, 0], flat.Weights(flat.Draw(support, Uniforms(Noise))), 1e-5);
    }

    [Fact]
    public void The_density_notices_a_shift_of_the_record()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var support = Filter.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        Assert.NotEqual(
            Some.Host(law.LogDensity(record, support.LogP))[0],
            Some.Host(law.LogDensity(record with { Values = record.Values.add(1) }, support.LogP))[0], 3);
    }

    [Fact]
    public void The_ratio_moves_continuously_where_a_component_gets_unlikely()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var support = Filter.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        var last = double.NaN;
        // carries the fourth token's log-probability through −3, where the published mask jumps
        for (var z = -1.0; z > -3; z -= 0.001)
        {
            using var inner = NewDisposeScope();
            var density = Some.Host(
                law.LogDensity(record, StepLaw.Renormalized(Row(2.0, 1.2, 0.4, z, -1.5), support.Kept, 1)))[0];
            if (!double.IsNaN(last)) Assert.True(Math.Abs(density - last) < 0.2, $"jump at {z}");
            last = density;
        }
    }

    [Fact]
    public void A_scaled_noise_has_the_density_of_the_scaled_noise()
    {
        using var scope = NewDisposeScope();
        const double scale = 0.7;
        var law = new GumbelSoftmax(0.1, scale);
        var support = Filter.Apply(Row(Logits));
        var record = law.Draw(support, Uniforms(Noise));
        var expected = Noise.Take(4).Sum(e => -e - Math.Exp(-e) - Math.Log(scale));
        Near([expected], law.LogDensity(record, support.LogP));
    }

    [Fact]
    public void The_winner_is_scored_by_its_probability_on_the_kept_set()
    {
        using var scope = NewDisposeScope();
        var support = Filter.Apply(Row(Logits));
        foreach (var law in new StepLaw[] { new GumbelWinner(), new Categorical() })
        {
            var record = law.Draw(support, Uniforms(Noise));
            Near([Math.Log(.057242)], law.LogDensity(record, support.LogP), 1e-5);
        }
    }
}
