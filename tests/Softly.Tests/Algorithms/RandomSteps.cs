using Softly.Algorithms;
using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Algorithms;

/// <summary>
/// Random rollouts as numbers: P groups of G, each with a few steps of up to three components. Some ratios lie far outside every
/// bound, some rollouts have no step at all.
/// </summary>
internal sealed class RandomSteps
{
    public const int Width = 3;

    /// <summary>One step.</summary>
    public sealed record Step(
        double[] Counts, double[] Now, double[] Old, double Recorded, double Reference, double Entropy, double Divergence,
        double Anchor);

    /// <summary>One rollout.</summary>
    public sealed record Member(double Advantage, Step[] Steps);

    public RandomSteps(int seed, int rollouts = 8, bool near = false)
    {
        var random = new Random(seed);
        double Noise(double scale) => (2 * random.NextDouble() - 1) * scale;
        Members = [.. Enumerable.Range(0, rollouts).Select(i => new Member(
            i % 4 == 3 ? 0 : Noise(2),
            [.. Enumerable.Range(0, i == 2 ? 0 : 1 + random.Next(6)).Select(t =>
            {
                var counts = Enumerable.Range(0, Width).Select(c => c == 0 ? 1.0 : random.Next(3)).ToArray();
                var now = counts.Select(_ => -0.2 - 2 * random.NextDouble()).ToArray();
                var reach = near ? 1e-3 : t == 4 ? 2.0 : 0.4;
                var old = now.Select(x => x + Noise(reach)).ToArray();
                double Total(double[] x) => x.Zip(counts, (a, n) => a * n).Sum();
                return new Step(
                    counts, now, old, Total(old) + Noise(near ? 0 : t == 3 ? 3 : 0.5), Total(now) + Noise(0.6),
                    (float)(3 * random.NextDouble()), random.NextDouble(), t % 3 == 0 ? 0 : Math.Sin(7 * i + t) + 1);
            })]))];
        // One step far beyond every bound.
        if (!near && Members[0].Steps is [var first, ..])
            Members[0].Steps[0] = first with { Old = [.. first.Now.Select(x => x - 1.5)] };
    }

    private RandomSteps(IReadOnlyList<Member> members) => Members = members;

    public IReadOnlyList<Member> Members { get; }

    public long Count => Members.Sum(m => (long)m.Steps.Length);

    /// <summary>Some of the rollouts, in an order.</summary>
    public RandomSteps Of(IEnumerable<int> members) => new([.. members.Select(i => Members[i])]);

    /// <summary>The same with other log-densities now.</summary>
    public RandomSteps With(Func<int, int, int, double, double> change) => new([.. Members.Select((m, i) => m with
    {
        Steps = [.. m.Steps.Select((s, t) => s with { Now = [.. s.Now.Select((x, c) => change(i, t, c, x))] })],
    })]);

    /// <summary>As rollouts, whose entropies an update is measured by.</summary>
    public IReadOnlyList<Rollout> AsRollouts()
    {
        var sampling = new SamplingOptions();
        return [.. Members.Select(m =>
        {
            var rollout = new Rollout(sampling, 1);
            foreach (var s in m.Steps)
                rollout.Add(new Softly.Rollouts.Step(StepKind.Hard, 3, default, 1, 0, (float)s.Entropy, 1));
            return rollout;
        })];
    }

    /// <summary>Loss and gradient by (rollout, step, component), with the whole update's size.</summary>
    public (double Loss, double[][][] Gradient, Dictionary<string, double> Figures) Run(
        LossOptions options, UpdateSize size, int most = 7, int extraColumns = 0)
    {
        using var scope = NewDisposeScope();
        var steps = Members.SelectMany(m => m.Steps).ToArray();
        var components = options.Level == RatioLevel.Component;
        double[] Column(Func<Step, double> of) => [.. steps.Select(of)];
        double Total(Step s, double[] x) => x.Zip(s.Counts, (a, n) => a * n).Sum();
        // A component that does not count may hold anything.
        double[] Wide(Func<Step, double[]> of, double filling) =>
            [.. steps.SelectMany(s => of(s).Zip(s.Counts, (x, n) => n > 0 ? x : filling)
                .Concat(Enumerable.Repeat(filling, extraColumns)))];
        var width = Width + extraColumns;
        using var batch = GivenBatch.Of(
            [.. Members.Select(m => m.Steps.Length)], [.. Members.SelectMany(m => m.Steps.Select(_ => m.Advantage))],
            components ? Wide(s => s.Old, double.NegativeInfinity) : Column(s => Total(s, s.Old)),
            Column(s => s.Recorded), Column(s => s.Reference), most);
        var now = components
            ? tensor(Wide(s => s.Now, double.NegativeInfinity), [steps.Length, width])
            : tensor(Column(s => Total(s, s.Now)));
        now.requires_grad_();
        var scores = new StepScores(now)
        {
            Counts = components ? tensor(Wide(s => s.Counts, 0), [steps.Length, width]) : null,
            Entropies = tensor(Column(s => s.Entropy)),
            Divergences = tensor(Column(s => s.Divergence)),
            Anchors = tensor(Column(s => s.Anchor)),
        };
        var loss = new PolicyGradient(options).Loss(scores, batch, size);
        loss.Total.backward();
        var flat = Some.Host(now.grad!);
        var at = 0;
        var gradient = Members.Select(m => m.Steps.Select(s =>
        {
            var n = at++;
            return s.Counts.Select((count, c) => components ? flat[n * width + c] : flat[n] * count).ToArray();
        }).ToArray()).ToArray();
        return (Some.Host(loss.Total)[0], gradient,
            loss.Names.Zip(Some.Host(loss.Report)).ToDictionary(p => p.First, p => p.Second));
    }

    /// <summary>
    /// Every way a loss can be made: all surrogates at all levels with all aggregations, and each further part.
    /// </summary>
    public static IReadOnlyList<LossOptions> Modes { get; } = [.. All().Where(o => !o.Problems().Any())];

    private static IEnumerable<LossOptions> All()
    {
        foreach (var name in Methods.Names) yield return Methods.Get(name).Loss;
        var plain = new LossOptions();
        foreach (var type in LossTypes.Names)
            foreach (var level in Enum.GetValues<RatioLevel>())
                foreach (var aggregation in Enum.GetValues<Aggregation>())
                    yield return LossTypes.Apply(plain, type) with { Level = level, Aggregation = aggregation };
        LossOptions[] bases =
        [
            plain, plain with { Level = RatioLevel.Sequence, Aggregation = Aggregation.SequenceMean },
            plain with { Level = RatioLevel.Component }, LossTypes.Apply(plain, "gmpo"), LossTypes.Apply(plain, "vespo"),
            LossTypes.Apply(plain, "cispo"), LossTypes.Apply(plain, "sapo"), LossTypes.Apply(plain, "reinforce"),
        ];
        foreach (var part in bases)
        {
            foreach (var kl in Enum.GetValues<KlEstimator>())
                foreach (var corrected in new[] { false, true })
                    yield return part with { Beta = 0.3, Kl = kl, CorrectKlBias = corrected };
            foreach (var correction in Enum.GetValues<MismatchCorrection>())
                foreach (var cap in new[] { 1.5, 3 })
                    yield return part with { Correction = correction, CorrectionCap = cap };
            yield return part with { Anchor = 0.4 };
            yield return part with { EntropyCoefficient = 0.1 };
            yield return part with { TopEntropyShare = 0.4 };
            yield return part with { OffPolicyThreshold = 0.05 };
            yield return part with { LogRatioLimit = 0.3 };
            yield return part with { EpsilonLow = 0.1, EpsilonHigh = part.Surrogate == Surrogate.Cispo ? 1.1 : 0.05 };
            yield return part with { MeasureKl = true };
        }
        yield return plain with { DualClip = 2 };
        yield return plain with { DualClip = 2, Level = RatioLevel.Component };
        yield return plain with { Aggregation = Aggregation.Constant, ConstantLength = 11 };
        foreach (var advantage in Enum.GetValues<AdvantageKind>())
            foreach (var scale in Enum.GetValues<RewardScale>())
                yield return plain with { Advantage = advantage, Scale = scale, PassAt = 2 };
    }
}
