using Softly.Generation;
using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Generation;

/// <summary>
/// What a loss may ask of a replay besides log-densities, against a slow way: every rollout alone, its inputs from its steps, all
/// logits of all tokens. Temperatures are not 1.
/// </summary>
public class ReplayScoresTests
{
    private static SamplingOptions Options(string law) => law switch
    {
        "discrete" => new SamplingOptions { MaxNewTokens = 9, Answer = new SupportFilter { Temperature = 0.7 } },
        "answer-top-k" => new SamplingOptions
        {
            MaxNewTokens = 9, Answer = new SupportFilter { TopK = 7, TopP = 0.9, Temperature = 0.8 },
        },
        // Thoughts, then an answer that is drawn from stored sets; each at a temperature of its own.
        _ => Some.Soft(Law(law), temperature: 1.3, length: 9) with
        {
            Answer = law == "gumbel-winner"
                ? new SupportFilter { TopK = 6, Temperature = 0.8 }
                : new SupportFilter { Temperature = 0.7 },
            ThinkLength = 5,
        },
    };

    private static StepLaw Law(string name) => name switch
    {
        "mean" => new ReducedLaw(new GumbelSoftmax(0.5), Reduction.Mean),
        "ladder" => new GumbelLadder(0.8, [0.4, 0], 0.25),
        _ => StepLaws.Make(name, new LawSettings()),
    };

    public static TheoryData<string> Separable =>
    [
        .. StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()) is SeparableLaw), "mean", "ladder", "discrete",
        "answer-top-k",
    ];

    public static TheoryData<string> Diverging =>
    [
        .. StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()) is { CanTrain: true, HasDivergence: true }),
        "ladder", "discrete", "answer-top-k",
    ];

    private static List<(Prompt Prompt, Rollout Rollout)> Rollouts(Decoder model, string law)
    {
        using var decoder = new TorchDecoder(model);
        return [.. Some.GeneratorFor(model, decoder).Generate(Some.Prompts, 3, Options(law), seed: 3)
            .SelectMany(g => g.Rollouts.Select(r => (g.Prompt, r)))];
    }

    private static RolloutBatch Batch(List<(Prompt Prompt, Rollout Rollout)> rollouts) =>
        RolloutBatch.Collate([.. rollouts.Select(r => (r.Prompt, r.Rollout, 1.0))], CPU);

    [Theory]
    [MemberData(nameof(Separable))]
    public void Components_add_up_to_log_densities(string law)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(type: ScalarType.Float64);
        using var batch = Batch(Rollouts(model, law));
        var scores = Replay.Scores(model, batch, ScoreNeeds.Components);
        var whole = Replay.Scores(model, batch, ScoreNeeds.None);
        Assert.Null(whole.Counts);
        Assert.Equal(scores.LogDensities.shape, scores.Counts!.shape);
        Table.Near(1e-12, Some.Host(whole.LogDensities), scores.LogDensities.mul(scores.Counts).sum(1), law);
        // What does not count is 0, so that its ratio is 1 and no number can go astray in it.
        Assert.All(Some.Host(scores.LogDensities), x => Assert.True(double.IsFinite(x)));
        if (law is "discrete") Assert.Equal(1, scores.Counts.shape[1]);
        Assert.All(Some.Host(scores.Counts), n => Assert.True(n >= 0));
        // A plain token is one component.
        if (batch.HardRows is not { } hard) return;
        var rest = batch.Order.ge((batch.Soft?.Rows.shape[0] ?? 0) + (batch.OnSupport?.Rows.shape[0] ?? 0));
        Assert.All(Some.Host(scores.Counts.index_select(0, rest.nonzero().squeeze(1)).sum(1)), n => Assert.Equal(1, n));
    }

    [Fact]
    public void A_law_without_components_or_divergence_is_refused_with_the_remedy()
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model();
        foreach (var name in StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()).CanTrain))
        {
            var law = StepLaws.Make(name, new LawSettings());
            using var batch = Batch(Rollouts(model, name));
            if (law is not SeparableLaw)
                Assert.Contains("importance_sampling_level", Assert.Throws<NotSupportedException>(
                    () => Replay.Scores(model, batch, ScoreNeeds.Components)).Message);
            if (!law.HasDivergence)
                Assert.Contains("k3", Assert.Throws<NotSupportedException>(
                    () => Replay.Scores(model, batch, ScoreNeeds.Divergences, model)).Message);
            Assert.Throws<ArgumentNullException>(() => Replay.Scores(model, batch, ScoreNeeds.Divergences));
        }
    }

    [Theory]
    [MemberData(nameof(Diverging))]
    public void Divergences_and_entropies_are_those_of_the_whole_vocabulary(string law)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(type: ScalarType.Float64);
        using var reference = Some.Model(seed: 2, type: ScalarType.Float64);
        var rollouts = Rollouts(model, law);
        if (law != "discrete" && law != "answer-top-k")
        {
            Assert.Contains(rollouts.SelectMany(r => r.Rollout.Steps), s => s.Kind == StepKind.Soft);
            Assert.Contains(rollouts.SelectMany(r => r.Rollout.Steps), s => s.Kind is StepKind.Hard or StepKind.HardOnSupport);
        }
        using var batch = Batch(rollouts);
        using var off = no_grad();
        var scores = Replay.Scores(
            model, batch, ScoreNeeds.Divergences | ScoreNeeds.Entropies | ScoreNeeds.Anchors, reference);
        var (divergences, entropies, anchors) = Slow(model, reference, rollouts);
        Table.Near(1e-10 * (1 + divergences.Max()), divergences, scores.Divergences!, $"{law} divergences");
        Table.Near(1e-10, entropies, scores.Entropies!, $"{law} entropies");
        Table.Near(1e-10, anchors, scores.Anchors!, $"{law} anchors");
        Table.Near(0, Some.Host(Replay.LogDensities(model, batch)), scores.LogDensities, $"{law} log-densities");
    }

    public static TheoryData<string> NotDiverging =>
        [.. StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()) is { CanTrain: true, HasDivergence: false }), "mean"];

    /// <summary>They are of the distribution that a thought is drawn from, and no business of the law.</summary>
    [Theory]
    [MemberData(nameof(NotDiverging))]
    public void Anchors_need_no_divergence_of_the_law(string law)
    {
        using var scope = NewDisposeScope();
        using var model = Some.Model(type: ScalarType.Float64);
        using var reference = Some.Model(seed: 2, type: ScalarType.Float64);
        var rollouts = Rollouts(model, law);
        using var batch = Batch(rollouts);
        using var off = no_grad();
        var anchors = Replay.Scores(model, batch, ScoreNeeds.Anchors, reference).Anchors!;
        Table.Near(1e-10, Slow(model, reference, rollouts).Anchors, anchors, law);
        Assert.True(Some.Host(anchors).Count(x => x > 1e-3) > 5);
    }

    [Theory]
    [MemberData(nameof(Diverging))]
    public void Their_gradients_are_those_of_finite_differences(string law)
    {
        using var model = Some.Model(type: ScalarType.Float64);
        using var reference = Some.Model(seed: 2, type: ScalarType.Float64);
        using var batch = Batch(Rollouts(model, law));
        foreach (var needs in new[] { ScoreNeeds.Divergences, ScoreNeeds.Entropies, ScoreNeeds.Anchors })
        {
            using var scope = NewDisposeScope();
            if (needs == ScoreNeeds.Anchors && batch.Soft is null) continue; // no thought to anchor: 0, without a gradient
            foreach (var p in model.Parameters) p.grad?.zero_();
            Of().backward();
            foreach (var name in new[]
            {
                "model.norm.weight", "model.layers.1.mlp.down_proj.weight", "model.layers.0.self_attn.v_proj.bias",
            })
            {
                using var off = no_grad();
                var flat = model.Named[name].view(-1);
                var gradient = Some.Host(model.Gradient(name)!.reshape(-1));
                foreach (var i in new[] { 1, 6 })
                {
                    const double h = 1e-5;
                    using var shift = full([1], h, dtype: ScalarType.Float64);
                    var entry = flat.narrow(0, i, 1);
                    entry.add_(shift);
                    var above = Some.Host(Of())[0];
                    entry.sub_(shift).sub_(shift);
                    var below = Some.Host(Of())[0];
                    entry.add_(shift);
                    Assert.Equal((above - below) / (2 * h), gradient[i], 1e-6 * Math.Max(1, Math.Abs(gradient[i])));
                }
            }

            Tensor Of()
            {
                var scores = Replay.Scores(model, batch, needs, reference);
                var each = (scores.Divergences ?? scores.Entropies ?? scores.Anchors)!;
                // Every step counts differently.
                return each.mul(linspace(1, -0.5, each.shape[0], dtype: ScalarType.Float64)).sum();
            }
        }
    }

    /// <summary>Every scored step of every rollout, in order.</summary>
    private static (double[] Divergences, double[] Entropies, double[] Anchors) Slow(
        Decoder model, Decoder reference, List<(Prompt Prompt, Rollout Rollout)> rollouts)
    {
        using var off = no_grad();
        List<double> divergences = [], entropies = [], anchors = [];
        foreach (var (prompt, rollout) in rollouts)
        {
            using var scope = NewDisposeScope();
            Tensor logits = Logits(model), others = Logits(reference); // (T, V)
            for (var s = 0; s < rollout.Length; s++)
            {
                var step = rollout[s];
                if (step.Kind == StepKind.Forced) continue;
                var at = prompt.Rows.Count - 1 + s;
                var full = Some.Host(logits[at].div(step.Temperature).log_softmax(0));
                var other = Some.Host(others[at].div(step.Temperature).log_softmax(0));
                var policy = Some.Host(logits[at].div(step.Temperature / step.WinnerScale).log_softmax(0)); // without the noise
                entropies.Add(-policy.Sum(x => Math.Exp(x) * x));
                anchors.Add(step.Kind == StepKind.Soft ? full.Zip(other, (p, q) => Math.Exp(q) * (q - p)).Sum() : 0);
                if (step.Kind == StepKind.Hard)
                {
                    divergences.Add(full.Zip(other, (p, q) => Math.Exp(p) * (p - q)).Sum());
                    continue;
                }
                var law = step.Kind == StepKind.Soft ? rollout.Sampling.Law! : new Categorical();
                var slots = step.Slots;
                var ids = tensor(slots.Ids.ToArray(), [1, slots.Ids.Length]);
                var kept = tensor(slots.Kept.ToArray(), [1, slots.Ids.Length]);
                var record = new ThoughtRecord(ids, kept, Numbers(slots.LogP), Numbers(slots.Values))
                {
                    Rows = model.Embedding.index_select(0, ids.reshape(-1)).unsqueeze(0),
                    Members = tensor(new[] { (long)rollout.Member }),
                };
                Tensor LogP(Tensor of) => law.LogP(of[at].unsqueeze(0).gather(1, ids), kept, step.Temperature);
                divergences.Add(!law.HasDivergence ? double.NaN
                    : Some.Host(law.Divergence(record, LogP(logits), LogP(others))!)[0]);
            }

            Tensor Logits(Decoder of)
            {
                var inputs = new List<Tensor>();
                foreach (var row in prompt.Rows) inputs.Add(Mixed([.. row.Ids.Select(i => (long)i)], row.Weights));
                foreach (var step in rollout.Steps.SkipLast(1))
                {
                    if (step.Kind != StepKind.Soft) inputs.Add(Mixed([step.Token], [1]));
                    else
                    {
                        var mixed = Mixed(step.Slots.Ids.ToArray(), step.Slots.Weights.ToArray());
                        inputs.Add(!step.Slots.OwnValues ? mixed : mixed.add(Numbers(step.Slots.Values[..24])[0]));
                    }
                }
                return nn.functional.linear(of.Forward(stack(inputs).unsqueeze(0))[0], of.Head);

                Tensor Mixed(long[] ids, float[] weights) => tensor(weights).to(ScalarType.Float64).unsqueeze(1)
                    .mul(of.Embedding.index_select(0, tensor(ids))).sum(dim: 0);
            }
        }
        return ([.. divergences], [.. entropies], [.. anchors]);

        static Tensor Numbers(ReadOnlyMemory<float> x) => tensor(x.ToArray(), [1, x.Length]).to(ScalarType.Float64);
    }
}
