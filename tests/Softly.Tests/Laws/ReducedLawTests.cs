using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>Components of a thought's log-density, and what may stand in place of their sum.</summary>
public class ReducedLawTests
{
    public static TheoryData<string> Separable => [.. LawCase.Names.Where(n => LawCase.Of(n).Law is SeparableLaw)];

    [Theory]
    [MemberData(nameof(Separable))]
    public void The_components_add_up_to_the_log_density_and_are_finite_where_nothing_was_kept(string name)
    {
        using var scope = NewDisposeScope();
        var law = (SeparableLaw)LawCase.Of(name).Law;
        var record = Steps.Draw(law, 20);
        var logP = Steps.LogP(law, record, Steps.New);
        var (terms, counts) = (law.Terms(record, logP), law.Counts(record));
        Assert.All(Some.Host(terms), t => Assert.True(double.IsFinite(t)));
        Assert.All(Some.Host(terms.masked_fill(record.Kept, 0)), t => Assert.Equal(0, t));
        Assert.All(Some.Host(counts.masked_fill(record.Kept, 0)), n => Assert.Equal(0, n));
        Table.Near(Some.Host(law.LogDensity(record, logP)), terms.mul(counts).sum(1), name);
    }

    [Theory]
    [MemberData(nameof(Separable))]
    public void Mean_and_weighted_sums_are_those_of_a_loop_over_components(string name)
    {
        using var scope = NewDisposeScope();
        var law = (SeparableLaw)LawCase.Of(name).Law;
        const int rows = 20;
        var record = Steps.Draw(law, rows);
        var logP = Steps.LogP(law, record, Steps.New);
        var slots = (int)record.Ids.shape[1];
        double[] terms = Some.Host(law.Terms(record, logP)), counts = Some.Host(law.Counts(record));
        double[] old = Some.Host(record.LogP.exp()), kept = Some.Host(record.Kept);
        double[] mean = new double[rows], weighted = new double[rows];
        for (var r = 0; r < rows; r++)
        {
            var occurrences = 0.0;
            for (var i = r * slots; i < (r + 1) * slots; i++)
            {
                if (kept[i] == 0) continue;
                mean[r] += counts[i] * terms[i];
                weighted[r] += old[i] * counts[i] * terms[i];
                occurrences += counts[i];
            }
            mean[r] /= occurrences;
        }
        StepLaw Reduced(Reduction reduction) =>
            StepLaws.Make(law.Name, LawCase.Of(name).Settings with { Reduction = reduction });
        if (law.HasSeveralTerms) Table.Near(mean, Reduced(Reduction.Mean).LogDensity(record, logP), $"{name}, mean");
        else
        {
            Table.Near(mean, law.LogDensity(record, logP), $"{name}, whose mean is its sum");
            Assert.Contains("does nothing", Assert.Throws<ArgumentException>(() => Reduced(Reduction.Mean)).Message);
        }
        Table.Near(weighted, Reduced(Reduction.Weighted).LogDensity(record, logP), $"{name}, weighted");
        Assert.Same(law.GetType(), Reduced(Reduction.Sum).GetType());
    }

    /// <summary>All of the law but its density, and none of it exact.</summary>
    [Theory]
    [MemberData(nameof(Separable))]
    public void A_reduced_law_draws_and_feeds_as_its_law_does(string name)
    {
        using var scope = NewDisposeScope();
        var law = (SeparableLaw)LawCase.Of(name).Law;
        var reduced = new ReducedLaw(law, Reduction.Mean);
        Assert.False(reduced.IsExact);
        Assert.Equal(
            (law.Name, law.CanTrain, law.NeedsEmbedding, law.ThinksBlank, law.Slots(5), law.OwnValues(4), law.UniformCount(5, 4)),
            (reduced.Name, reduced.CanTrain, reduced.NeedsEmbedding, reduced.ThinksBlank, reduced.Slots(5), reduced.OwnValues(4),
                reduced.UniformCount(5, 4)));
        ThoughtRecord one = Steps.Draw(law, 10), other = Steps.Draw(reduced, 10);
        Assert.Equal(Some.Host(one.Values), Some.Host(other.Values));
        Assert.Equal(Some.Host(law.Weights(one)), Some.Host(reduced.Weights(other)));
        Assert.Equal(Some.Host(law.Winner(one)), Some.Host(reduced.Winner(other)));
        Assert.False(reduced.HasDivergence); // what is no density has none
        Assert.Null(reduced.Divergence(one, Steps.LogP(law, one, Steps.Old), Steps.LogP(law, one, Steps.New)));
    }

    /// <summary>At the policy that drew, the gradient of the mean is a k-th of the sum's: a smaller step.</summary>
    [Fact]
    public void The_mean_is_a_smaller_step()
    {
        using var scope = NewDisposeScope();
        var law = new GumbelSoftmax();
        var record = Steps.Draw(law, 5);
        double[] Gradient(StepLaw of)
        {
            var leaf = Steps.Row(Steps.Old).expand(5, -1).clone().requires_grad_();
            of.LogDensity(record, Steps.LogP(of, record, leaf)).sum().backward();
            return Some.Host(leaf.grad!);
        }
        Table.Near(1e-12, [.. Gradient(law).Select(g => g / 4)], Gradient(new ReducedLaw(law, Reduction.Mean)), "a quarter");
    }

    [Fact]
    public void A_law_without_components_refuses_a_reduction()
    {
        foreach (var name in StepLaws.Names.Where(n => LawCase.Of(n).Law is not SeparableLaw))
            Assert.Contains("leave density_reduction out", Assert.Throws<ArgumentException>(
                () => StepLaws.Make(name, new LawSettings { Reduction = Reduction.Mean })).Message);
    }
}
