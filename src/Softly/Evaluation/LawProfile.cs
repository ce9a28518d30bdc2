using System.Diagnostics;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Evaluation;

/// <summary>What Monte Carlo finds of a law's score and ratio, beside the formula where there is one.</summary>
/// <param name="Law">The law.</param>
/// <param name="Scores">One entry for each of <see cref="LawProfiler.Distributions"/>.</param>
/// <param name="SampleSizes">
/// One entry for each of <see cref="LawProfiler.Drifts"/>: the effective share of N steps after the policy's logits have drifted,
/// (Σρ)²/(N·Σρ²), averaged over states; null for laws without a density.
/// </param>
/// <param name="MeanScore">The largest distance of a component's mean score from 0, in standard errors.</param>
/// <param name="Cost">Time of draw, mixture, density and its gradient, as a multiple of the categorical law's.</param>
public sealed record LawProfile(
    StepLaw Law, IReadOnlyList<ScoreProfile> Scores, IReadOnlyList<double>? SampleSizes, double? MeanScore, double Cost);

/// <summary>The score's noise at one distribution: traces of its covariance by the logits.</summary>
/// <param name="Formula">From the law; null where it knows none.</param>
/// <param name="Measured">Over fresh draws.</param>
/// <param name="Error">Its standard error.</param>
public sealed record ScoreProfile(double? Formula, double Measured, double Error);

/// <summary>Measures laws. Everything but the times is the same for the same seed.</summary>
/// <param name="draws">Draws a distribution.</param>
/// <param name="seed">Of all randomness.</param>
public sealed class LawProfiler(int draws = 100_000, ulong seed = 1)
{
    private const int Slots = 5, Width = 16, Vocabulary = 64, States = 200;

    /// <summary>A sure, a middling and an undecided step of five kept tokens.</summary>
    public static IReadOnlyList<double[]> Distributions { get; } =
        [[0.97, 0.02, 0.005, 0.003, 0.002], [0.6, 0.2, 0.1, 0.06, 0.04], [0.2, 0.2, 0.2, 0.2, 0.2]];

    /// <summary>Standard deviations of the drift that is added to every logit.</summary>
    public static IReadOnlyList<double> Drifts { get; } = [0.1, 0.3];

    /// <summary>Measures one law.</summary>
    public LawProfile Measure(StepLaw law)
    {
        using var scope = NewDisposeScope();
        var cost = Cost(law) / Cost(new Categorical());
        if (!law.CanTrain) return new LawProfile(law, [], null, null, cost);
        var scores = Distributions.Select(p => Scores(law, p)).ToList();
        return new LawProfile(
            law, [.. scores.Select(s => s.Profile)], [.. Drifts.Select(d => SampleSize(law, d))], scores.Max(s => s.Mean), cost);
    }

    private (ScoreProfile Profile, double Mean) Scores(StepLaw law, double[] p)
    {
        using var scope = NewDisposeScope();
        var support = Support([.. p.Select(x => Math.Log(x))], draws);
        var record = Draw(law, support, seed);
        var leaf = Of(support, record).requires_grad_(); // (N, K)
        law.LogDensity(record, law.LogP(leaf, record.Kept, 1)).sum().backward();
        var score = leaf.grad!; // (N, K): a row's gradient is the score of its draw
        var mean = score.mean([0]);
        var centred = score.sub(mean);
        var squares = centred.mul(centred).sum(1); // (N)
        // What no draw has shown may still come once in so many: no error is below the largest score over their number.
        var least = score.abs().max().mul(Scalars.Of(1.0 / draws)).clamp_min(Scalars.Of(1e-15));
        var deviation = centred.mul(centred).mean([0]).sqrt().mul(Scalars.Of(1 / Math.Sqrt(draws))).maximum(least);
        return (
            new ScoreProfile(law.ScoreVariance(p), Number(squares.mean()), Number(squares.std()) / Math.Sqrt(draws)),
            Number(mean.abs().div(deviation).max()));
    }

    /// <summary>At states whose logits have deviation 3.</summary>
    private double SampleSize(StepLaw law, double drift)
    {
        using var scope = NewDisposeScope();
        var random = new Random(unchecked((int)seed));
        var shares = new double[States];
        for (var s = 0; s < States; s++)
        {
            using var inner = NewDisposeScope();
            using var off = no_grad();
            var logits = Enumerable.Range(0, Slots).Select(_ => 3 * Normal(random)).OrderDescending().ToArray();
            var support = Support(logits, Math.Max(1, draws / 50));
            var record = Draw(law, support, CounterNoise.Mix(seed, (ulong)s));
            var old = Of(support, record);
            var shift = Enumerable.Range(0, Slots).Select(_ => drift * Normal(random)).ToArray();
            // One shift a token, wherever its slot: slots that a law adds keep the policy's own.
            double[] moved = [.. shift, .. new double[record.Ids.shape[1] - Slots]];
            var by = Scalars.Upload(moved, CPU, 1, moved.Length);
            var ratio = law.LogDensity(record, law.LogP(old.Plus(by), record.Kept, 1))
                .sub(law.LogDensity(record, law.LogP(old, record.Kept, 1))).exp();
            shares[s] = Math.Pow(Number(ratio.mean()), 2) / Number(ratio.mul(ratio).mean());
        }
        return shares.Average();
    }

    /// <summary>Seconds of the fastest of some passes over 4,096 steps.</summary>
    private double Cost(StepLaw law)
    {
        var best = double.MaxValue;
        for (var pass = 0; pass < 8; pass++)
        {
            using var scope = NewDisposeScope();
            var support = Support([.. Distributions[1].Select(x => Math.Log(x))], 4096, ScalarType.Float32);
            var uniforms = Uniforms(law, 4096, seed);
            var clock = Stopwatch.StartNew();
            var record = WithRows(law, law.Draw(support, uniforms), support);
            using var weights = law.Weights(record);
            if (law.CanTrain)
            {
                var leaf = Of(support, record).requires_grad_();
                law.LogDensity(record, law.LogP(leaf, record.Kept, 1)).sum().backward();
            }
            best = Math.Min(best, clock.Elapsed.TotalSeconds);
        }
        return best;
    }

    /// <summary>The logits of the record's own slots: what the policy that drew would give.</summary>
    private static Tensor Of(Support support, ThoughtRecord record)
    {
        var added = record.Ids.shape[1] - Slots;
        return (added == 0 ? support.LogP : cat([support.LogP, record.LogP.narrow(1, Slots, added)], 1)).detach().clone();
    }

    private static ThoughtRecord Draw(StepLaw law, Support support, ulong seed) =>
        WithRows(law, law.Draw(support, Uniforms(law, (int)support.Ids.shape[0], seed)), support);

    private static ThoughtRecord WithRows(StepLaw law, ThoughtRecord record, Support support) => !law.NeedsEmbedding
        ? record
        : record with
        {
            Rows = support.Embedding!.index_select(0, record.Ids.reshape(-1))
                .reshape(record.Ids.shape[0], record.Ids.shape[1], -1),
        };

    private static Tensor Uniforms(StepLaw law, int rows, ulong seed)
    {
        var count = law.UniformCount(Slots, Width);
        var numbers = new double[rows * count];
        for (var i = 0; i < rows; i++) CounterNoise.Uniforms(seed, 1, i, 0, numbers.AsSpan(i * count, count));
        return Scalars.Upload(numbers, CPU, rows, count);
    }

    /// <summary>The same kept set in every row: the first tokens of a vocabulary in which no other has any probability.</summary>
    private static Support Support(double[] logits, int rows, ScalarType type = ScalarType.Float64)
    {
        var logP = Scalars.Upload(logits, CPU, 1, Slots).to(type).log_softmax(-1).expand(rows, Slots).contiguous();
        var ids = Scalars.Upload(Enumerable.Range(0, Slots).Select(i => (long)i).ToArray(), CPU, 1, Slots).expand(rows, Slots)
            .contiguous();
        var random = new Random(7);
        var entries = Enumerable.Range(0, Vocabulary * Width).Select(_ => Normal(random)).ToArray();
        var table = Scalars.Upload(entries, CPU, Vocabulary, Width);
        var full = logP.new_full([rows, Vocabulary], Scalars.Of(-60), type);
        full.narrow(1, 0, Slots).copy_(logP);
        var members = Scalars.Upload(Enumerable.Range(0, rows).Select(i => (long)i).ToArray(), CPU, rows);
        return new Support(ids, ones_like(ids, ScalarType.Bool), logP)
        {
            Embedding = table.to(type), FullLogP = full, Members = members,
        };
    }

    private static double Normal(Random random) =>
        Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble());

    private static double Number(Tensor scalar) => scalar.detach().to(ScalarType.Float64).cpu().data<double>()[0];
}
