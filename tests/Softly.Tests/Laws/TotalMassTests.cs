using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>
/// The densities of exact laws integrate to 1 over two or three kept tokens: by the trapezoidal rule where a record is
/// continuous, by adding up where it is not.
/// </summary>
public class TotalMassTests
{
    private static readonly double[] Two = [.7, .3], Three = [.6, .3, .1];

    /// <summary>The mass of every exact law; one without an entry fails the test.</summary>
    private static readonly Dictionary<string, Func<double>> Masses = new()
    {
        ["blank"] = () => Some.Host(Density(new Blank(), Two, 0, 0).exp())[0],
        ["categorical"] = () => Sum(new Categorical(), Three, Winners(3)),
        ["mixture-of-inputs"] = () => Sum(new MixtureOfInputs(), Three, Winners(3)),
        ["neighbors"] = () => Sum(new Neighbors(), Three, Winners(3)),
        ["gumbel-softmax"] = () => Plane(new GumbelSoftmax(noiseScale: 0.8), Two, -5, 30, 0.05, (a, b) => [a, b]),
        ["gaussian-logits"] = () => Plane(new GaussianLogits(sigma: 0.7), Two, -8, 7, 0.1, (a, b) => [a, b]),
        ["gaussian-probabilities"] = () => Plane(new GaussianProbabilities(), Two, -0.2, 1.2, 0.01, (a, b) => [a, b]),
        ["gamma"] = () => Plane(new Gamma(2), Two, -60, 6, 0.15, (a, b) => [a, b]),
        // The logarithm of y, in the plane of log-ratios: dy₁dy₂ is y₁y₂y₃ times the area there.
        ["dirichlet"] = () => Plane(
            new Dirichlet(4), Three, -80, 80, 0.25, (a, b) => stack([a, b, zeros_like(a)], 1).log_softmax(1)),
        // The record is g′ up to a shift; of its density (k − 1)!·Π e^(−g′) is left out where g′₃ is 0.
        ["concrete"] = () => 2 * Plane(new Concrete(), Three, -40, 40, 0.25, (a, b) => [a, b, zeros_like(a)],
            record => record.Values.sum(1).neg()),
        ["gaussian-embedding"] = () => Plane(new GaussianEmbedding(), Two, -4, 4, 0.05, (a, b) => [a, b, full_like(a, 0.4)]),
        // Three draws from two tokens: the order is not recorded.
        ["multiplex"] = () => Enumerable.Range(0, 4)
            .Sum(n => new[] { 1, 3, 3, 1 }[n] * Some.Host(Density(new Multiplex(), Two, n, 3 - n).exp())[0]),
        ["without-replacement"] = () => Sum(new WithoutReplacement(2), Three,
            [[2, 1, 0], [2, 0, 1], [1, 2, 0], [0, 2, 1], [1, 0, 2], [0, 1, 2]]),
    };

    public static TheoryData<string> Exact =>
        [.. StepLaws.Names.Where(n => StepLaws.Make(n, new LawSettings()).IsExact)];

    [Theory]
    [MemberData(nameof(Exact))]
    public void A_density_integrates_to_one(string name)
    {
        using var scope = NewDisposeScope();
        Assert.True(Masses.TryGetValue(name, out var mass), $"law '{name}' is exact: give it an entry in {nameof(Masses)}");
        Assert.Equal(1, mass(), 1e-9);
    }

    private static double[][] Winners(int kept) =>
        [.. Enumerable.Range(0, kept).Select(i => Enumerable.Range(0, kept).Select(j => i == j ? 1.0 : 0).ToArray())];

    private static double Sum(StepLaw law, double[] p, double[][] records) =>
        records.Sum(values => Some.Host(Density(law, p, values).exp())[0]);

    private static Tensor Density(StepLaw law, double[] p, params double[] values) =>
        Of(law, p, tensor(values, [1, values.Length]));

    private static Tensor Of(StepLaw law, double[] p, Tensor values, Func<ThoughtRecord, Tensor>? besides = null)
    {
        var (n, k) = (values.shape[0], p.Length);
        var logP = tensor(p, [1, k]).log().expand(n, k);
        var ids = arange(k).unsqueeze(0).expand(n, k);
        var table = tensor(new[] { 0.5, -0.3, 0.2, 0.8, -0.7, 0.1 }, [1, 3, 2]).narrow(1, 0, k).expand(n, k, 2);
        var record = new ThoughtRecord(ids, ones_like(ids, ScalarType.Bool), logP, values)
        {
            Rows = law.NeedsEmbedding ? table : null,
        };
        var density = law.LogDensity(record, logP);
        return besides is null ? density : density.add(besides(record));
    }

    /// <summary>∫∫ of the density of the record that two numbers make, over a square.</summary>
    private static double Plane(
        StepLaw law, double[] p, double from, double to, double step, Func<Tensor, Tensor, Tensor[]> record,
        Func<ThoughtRecord, Tensor>? besides = null) =>
        Plane(law, p, from, to, step, (a, b) => stack(record(a, b), 1), besides);

    private static double Plane(
        StepLaw law, double[] p, double from, double to, double step, Func<Tensor, Tensor, Tensor> record,
        Func<ThoughtRecord, Tensor>? besides = null)
    {
        using var scope = NewDisposeScope();
        var count = (int)Math.Round((to - from) / step) + 1;
        var line = linspace(from, to, count, dtype: ScalarType.Float64);
        var values = record(line.repeat_interleave(count), line.repeat(count));
        return Some.Host(Of(law, p, values, besides).exp().sum())[0] * step * step;
    }
}
