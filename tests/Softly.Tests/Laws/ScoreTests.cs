using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>Gradients of densities and divergences by the logits: by hand, by the library, and by finite differences.</summary>
public class ScoreTests
{
    private const double Temperature = 0.8, H = 1e-5;

    public static TheoryData<string> Trainable => LawCase.Trainable;

    /// <summary>
    /// The score by the logits is (v − p·Σv)/T on the record's slots and 0 elsewhere, v being the score by log p.
    /// </summary>
    [Theory]
    [MemberData(nameof(Trainable))]
    public void The_score_by_hand_is_that_of_the_library_and_that_of_finite_differences(string name)
    {
        using var scope = NewDisposeScope();
        var (known, law) = (LawCase.Of(name), LawCase.Of(name).Law);
        const int rows = 8;
        var record = Steps.Draw(law, rows, seed: 21);
        var leaf = Steps.Row(Steps.New).expand(rows, -1).clone().requires_grad_();
        var logP = Steps.LogP(law, record, leaf, Temperature);
        law.LogDensity(record, logP).sum().backward();
        var byLibrary = Some.Host(leaf.grad!).Chunk(Steps.Vocabulary).ToArray();
        var ids = Some.Host(record.Ids).Select(i => (int)i).Chunk((int)record.Ids.shape[1]).ToArray();

        var byDifferences = Differences(z => law.LogDensity(record, Steps.LogP(law, record, z, Temperature)));
        for (var r = 0; r < rows; r++)
        {
            var step = new OneStep(record, logP.detach(), r);
            var v = known.Score!(step);
            var byHand = new double[Steps.Vocabulary];
            for (var j = 0; j < v.Length; j++)
                if (step.Kept[j]) byHand[ids[r][j]] += (v[j] - step.P[j] * v.Sum()) / Temperature;
            Table.Near(1e-10 * (1 + byHand.Max(Math.Abs)), byHand, byLibrary[r], $"{name} row {r}, by hand");
            Table.Near(1e-6 * (1 + byHand.Max(Math.Abs)), byDifferences[r], byLibrary[r], $"{name} row {r}, by differences");
        }
    }

    [Theory]
    [MemberData(nameof(Trainable))]
    public void The_gradient_of_a_divergence_is_that_of_finite_differences(string name)
    {
        using var scope = NewDisposeScope();
        var law = LawCase.Of(name).Law;
        var record = Steps.Draw(law, 1);
        var other = Steps.LogP(law, record, Steps.Row(Steps.Old), Temperature);
        Tensor? Divergence(Tensor logits) =>
            law.Divergence(record, Steps.LogP(law, record, logits, Temperature), other);
        var leaf = Steps.Row(Steps.New).clone().requires_grad_();
        if (Divergence(leaf) is not { } divergence) return;
        divergence.sum().backward();
        Table.Near(1e-6, Differences(z => Divergence(z)!)[0], leaf.grad!, name);
    }

    /// <summary>
    /// Slots that top-p closed, and kept tokens so unlikely that their probability is no number in single precision: everything
    /// stays finite, in value and in gradient, and the log-ratio is that of double precision.
    /// </summary>
    [Theory]
    [MemberData(nameof(Trainable))]
    public void An_all_but_impossible_token_leaves_density_gradient_and_ratio_as_they_are(string name)
    {
        using var scope = NewDisposeScope();
        var law = LawCase.Of(name).Law;
        const int rows = 50;
        double[] old = [-3, 0.5, -110, -30, -2, -6, -120, 2, 0.3, -130];
        double[] moved = [.. old.Select((z, i) => z + 0.02 * (i % 3 - 1))];
        var support = new SupportFilter { TopK = Steps.Slots + 2 }.Apply(Steps.Row(old).to(ScalarType.Float32));
        var kept = support.Kept.clone();
        kept[.., 1] = false; // closed, and not the last
        var logP = StepLaw.Renormalized(Steps.Row(old).to(ScalarType.Float32).gather(1, support.Ids), kept, 1);
        support = new Support(support.Ids.expand(rows, -1), kept.expand(rows, -1), logP.expand(rows, -1))
        {
            Embedding = Steps.Embedding().to(ScalarType.Float32),
            FullLogP = Steps.Row(old).to(ScalarType.Float32).log_softmax(-1).expand(rows, -1), Members = arange(rows),
        };
        var count = law.UniformCount(Steps.Slots + 2, Steps.Hidden);
        var numbers = new double[rows * count];
        for (var i = 0; i < rows; i++) CounterNoise.Uniforms(4, 1, i, 0, numbers.AsSpan(i * count, count));
        var record = Steps.Draw(law, support, tensor(numbers, [rows, count]));
        Assert.DoesNotContain(Some.Host(record.Values), v => double.IsNaN(v) || double.IsPositiveInfinity(v));
        Assert.All(Some.Host(law.Weights(record)), w => Assert.True(double.IsFinite(w)));

        var leaf = Steps.Row(moved).to(ScalarType.Float32).clone().requires_grad_();
        var now = law.LogDensity(record, Steps.LogP(law, record, leaf));
        now.sum().backward();
        Assert.All(Some.Host(now), x => Assert.True(double.IsFinite(x)));
        Assert.All(Some.Host(leaf.grad!), x => Assert.True(double.IsFinite(x)));
        if (law.Divergence(record, Steps.LogP(law, record, leaf), record.LogP) is { } divergence)
        {
            divergence.sum().backward();
            Assert.All(Some.Host(leaf.grad!), x => Assert.True(double.IsFinite(x)));
        }
        var then = law.LogDensity(record, Steps.LogP(law, record, Steps.Row(old).to(ScalarType.Float32)));
        var wide = record with
        {
            LogP = record.LogP.to(ScalarType.Float64), Values = record.Values.to(ScalarType.Float64),
            Rows = record.Rows?.to(ScalarType.Float64),
        };
        var exact = law.LogDensity(wide, Steps.LogP(law, wide, Steps.Row(moved)))
            .sub(law.LogDensity(wide, Steps.LogP(law, wide, Steps.Row(old))));
        Table.Near(2e-4, Some.Host(exact), now.sub(then), $"{name} log-ratio");
    }

    /// <summary>Central differences of every row's number by every logit.</summary>
    private static double[][] Differences(Func<Tensor, Tensor> density)
    {
        using var off = no_grad();
        var columns = Enumerable.Range(0, Steps.Vocabulary).Select(j =>
        {
            double[] Moved(double by) => [.. Steps.New.Select((z, i) => i == j ? z + by : z)];
            return Some.Host(density(Steps.Row(Moved(H))).sub(density(Steps.Row(Moved(-H)))).div(2 * H));
        }).ToArray();
        return [.. Enumerable.Range(0, columns[0].Length).Select(r => columns.Select(c => c[r]).ToArray())];
    }
}
