using System.Collections.Concurrent;
using Softly.Sampling;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Tests.Laws;

/// <summary>What the weights of a mixture are.</summary>
internal enum Mixture
{
    /// <summary>From 0 to 1, with sum 1.</summary>
    Simplex,

    /// <summary>Of either sign, with sum 1.</summary>
    Signed,

    /// <summary>All 0: the input is a vector of the law's own, or nothing.</summary>
    Nothing,
}

/// <summary>How a law that is not exact shows it.</summary>
internal enum Bias
{
    /// <summary>Not at all: it is the density of something else than its record.</summary>
    None,

    /// <summary>Its mean score is not 0.</summary>
    Score,

    /// <summary>Its mean ratio is not 1.</summary>
    Ratio,
}

/// <summary>
/// What tests that go over all laws must know of each. A law without an entry here fails them: whoever adds a law says what it
/// promises and gives its score by hand.
/// </summary>
/// <param name="Name">As a recipe says it.</param>
/// <param name="Score">
/// The gradient of one record's log-density by log p, in plain numbers; null where there is no density.
/// </param>
internal sealed record LawCase(string Name, Func<OneStep, double[]>? Score)
{
    private static readonly double[] MixedLadder = [0.25, 0, 1, 0.6];

    private static readonly Dictionary<string, LawCase> All = new LawCase[]
    {
        new("blank", s => new double[s.P.Length]) { Mixture = Mixture.Nothing },
        new("categorical", s => s.Winner()) { WinnerFollowsP = true },
        new("concrete", s => s.Each(i => 1 - s.KeptCount * s.Shares()[i])) { WinnerFollowsP = true },
        new("dirichlet", s => GammaScore(s, 1)),
        new("dirichlet, concentrated", s => GammaScore(s, 10)) { Settings = new LawSettings { Concentration = 10 } },
        new("gamma", s => GammaScore(s, 1)),
        new("gamma, concentrated", s => GammaScore(s, 10)) { Settings = new LawSettings { Concentration = 10 } },
        new("gamma-reference", s => Counted(s, s.P, 0.05, i =>
        {
            var (a, x) = (s.P[i], s.Values[i]);
            var density = Some.Host(tensor(new[] { a }).lgamma().neg())[0] + (a - 1) * x - Math.Exp(x);
            return density is > -5 and < 3 ? a * (x - Digamma(a)) : 0;
        })) { Bias = Bias.Score },
        new("gaussian-embedding", EmbeddingScore) { Mixture = Mixture.Nothing },
        new("gaussian-embedding, wide", EmbeddingScore) { Mixture = Mixture.Nothing, Settings = new LawSettings { Sigma = 1 } },
        new("gaussian-logits", s => s.Each(i => s.Values[i] - s.LogP[i])),
        new("gaussian-logits, narrow", s => s.Each(i => (s.Values[i] - s.LogP[i]) / 0.25))
            { Settings = new LawSettings { Sigma = 0.5, Tau = 0.5 } },
        new("gaussian-probabilities", s => s.Each(i => s.P[i] * (s.Values[i] - s.P[i]) / 0.0025)) { Mixture = Mixture.Signed },
        new("gaussian-reference", s => Counted(s, s.P, 0.05, i =>
            Math.Abs(s.Values[i] - s.P[i]) < 0.15 ? s.P[i] * (s.Values[i] - s.P[i]) / 0.0025 : 0))
            { Mixture = Mixture.Signed, Bias = Bias.Ratio },
        new("gumbel-blend", s =>
        {
            var share = s.OldEntropy() / Math.Log(s.KeptCount);
            return s.Each(i => share * (1 - s.KeptCount * s.Shares()[i]) + (1 - share) * s.Winner()[i]);
        }) { WinnerFollowsP = true, Bias = Bias.Ratio },
        new("gumbel-ladder", s => s.Winner(0.4)) { WinnerFollowsP = true, WinnerScale = 0.4 },
        new("gumbel-ladder, mixed", s => OnRung(s) switch { 0 => new double[s.P.Length], var scale => s.Winner(scale) })
        {
            Settings = new LawSettings { Tau = 0.5, Ladder = MixedLadder, DiscreteShare = 0.5 },
            IsCertain = m => m % 2 == 0 && MixedLadder[m / 2 % 4] == 0,
        },
        new("gumbel-reference", s =>
        {
            var log = s.P.Select(p => Math.Log(p + 1e-6)).ToArray();
            return Counted(s, log, -3, i => s.Values[i] - log[i] is > -1.5 and < 3
                ? (1 - Math.Exp(log[i] - s.Values[i])) * s.P[i] / (s.P[i] + 1e-6)
                : 0);
        }) { Bias = Bias.Score },
        new("gumbel-softmax", s => s.Each(i => 1 - Math.Exp(s.LogP[i] - s.Values[i]))) { WinnerFollowsP = true },
        new("gumbel-softmax, scaled", s => s.Each(i => (1 - Math.Exp((s.LogP[i] - s.Values[i]) / 0.6)) / 0.6))
            { Settings = new LawSettings { Tau = 0.3, NoiseScale = 0.6 } },
        new("gumbel-winner", s => s.Winner()) { WinnerFollowsP = true },
        new("gumbel-winner, narrow", s => s.Winner(0.4))
            { WinnerFollowsP = true, WinnerScale = 0.4, Settings = new LawSettings { Tau = 1, NoiseScale = 0.4 } },
        new("mixture-of-inputs", s => s.Winner()) { WinnerFollowsP = true },
        new("mixture-of-inputs, light", s => s.Winner())
            { WinnerFollowsP = true, Settings = new LawSettings { InputBeta = 0.5 } },
        new("multiplex", s => s.Each(i => Math.Floor(s.Values[i]))) { WinnerFollowsP = true },
        new("multiplex, weighted", s => s.Each(i => Math.Floor(s.Values[i])))
            { WinnerFollowsP = true, Settings = new LawSettings { Draws = 5, Weights = DrawWeights.Probability } },
        new("neighbors", s => s.Winner()) { WinnerFollowsP = true, FeedsWhatIsNotScored = true },
        new("neighbors, always", s => s.Winner())
        {
            WinnerFollowsP = true, FeedsWhatIsNotScored = true,
            Settings = new LawSettings { Neighbors = 3, NeighborRate = 1 },
        },
        new("soft-cross-entropy", s =>
        {
            var y = s.Each(i => Math.Exp(s.Values[i] / 0.5));
            return [.. y.Select(x => x / y.Sum())];
        }) { WinnerFollowsP = true, Bias = Bias.Score },
        new("soft-thinking", null),
        new("without-replacement", s => OrderedScore(s, 3)) { WinnerFollowsP = true },
        new("without-replacement, two", s => OrderedScore(s, 2))
            { WinnerFollowsP = true, Settings = new LawSettings { Draws = 2, Weights = DrawWeights.Mean } },
    }.ToDictionary(c => c.Name);

    /// <summary>What is not left to the law.</summary>
    public LawSettings Settings { get; init; } = new();

    public StepLaw Law => StepLaws.Make(Name.Split(',')[0], Settings);

    public Mixture Mixture { get; init; } = Mixture.Simplex;

    /// <summary>True where the token that stands for a thought is a categorical draw.</summary>
    public bool WinnerFollowsP { get; init; }

    /// <summary>κ where it is a draw of softmax(log p/κ) instead.</summary>
    public double WinnerScale { get; init; } = 1;

    /// <summary>The members of a group whose thoughts are a function of the policy.</summary>
    public Func<int, bool> IsCertain { get; init; } = _ => false;

    /// <summary>True where tokens outside the kept set may be fed.</summary>
    public bool FeedsWhatIsNotScored { get; init; }

    /// <summary>For laws that are not exact.</summary>
    public Bias Bias { get; init; } = Bias.None;

    /// <summary>Every law of the library, and some again with other settings.</summary>
    public static IEnumerable<string> Names =>
        StepLaws.Names.Concat(All.Keys.Where(k => k.Contains(',', StringComparison.Ordinal)));

    /// <summary>Those with a density.</summary>
    public static TheoryData<string> Trainable => [.. Names.Where(n => Of(n).Law.CanTrain)];

    public static LawCase Of(string name) => All.TryGetValue(name, out var found)
        ? found
        : throw new InvalidOperationException($"law '{name}' has no entry in LawCase: say what it promises, and give its score");

    /// <summary>Every second member is discrete, the others take the rungs in turn.</summary>
    private static double OnRung(OneStep s) => s.Member % 2 == 1 ? 1 : MixedLadder[s.Member / 2 % 4];

    private static double[] GammaScore(OneStep s, double alpha) =>
        s.Each(i => alpha * s.P[i] * (s.Values[i] - Digamma(alpha * s.P[i])));

    /// <summary>The mean over kept slots whose number is above a border, as the published code takes it.</summary>
    private static double[] Counted(OneStep s, double[] numbers, double border, Func<int, double> score)
    {
        var counted = Enumerable.Range(0, numbers.Length).Where(i => s.Kept[i] && numbers[i] > border).ToHashSet();
        return s.Each(i => counted.Contains(i) ? score(i) / counted.Count : 0);
    }

    private static double[] EmbeddingScore(OneStep s)
    {
        var off = s.Mean().Select((m, d) => s.Values[d] - m).ToArray();
        return s.Each(i => s.P[i] * s.Rows[i].Zip(off, (e, o) => e * o).Sum() / (s.Values[^1] * s.Values[^1]));
    }

    private static double[] OrderedScore(OneStep s, int draws)
    {
        var score = new double[s.P.Length];
        var left = Enumerable.Range(0, s.P.Length).Where(i => s.Kept[i]).OrderByDescending(i => s.Values[i]).ToList();
        for (var draw = 0; draw < draws && left.Count > 0; draw++)
        {
            var mass = left.Sum(i => s.P[i]);
            foreach (var i in left) score[i] -= s.P[i] / mass;
            score[left[0]]++;
            left.RemoveAt(0);
        }
        return score;
    }

    /// <summary>ψ(x), by recurrence up to 10 and its asymptotic series.</summary>
    public static double Digamma(double x)
    {
        var sum = 0.0;
        for (; x < 10; x++) sum -= 1 / x;
        var y = 1 / (x * x);
        return sum + Math.Log(x) - 0.5 / x
            - y * (1.0 / 12 - y * (1.0 / 120 - y * (1.0 / 252 - y * (1.0 / 240 - y * (1.0 / 132)))));
    }
}

/// <summary>One record under one policy, in plain numbers.</summary>
internal sealed class OneStep(ThoughtRecord record, Tensor logP, int row)
{
    public int Member { get; } = (int)Some.Host(record.Members![row])[0];
    public double[] Values { get; } = Some.Host(record.Values[row]);
    public double[] LogP { get; } = Some.Host(logP[row]);
    public double[] P { get; } = [.. Some.Host(logP[row]).Select(Math.Exp)];
    public bool[] Kept { get; } = [.. Some.Host(record.Kept[row]).Select(x => x > 0)];
    public int KeptCount => Kept.Count(x => x);
    public double[][] Rows { get; } =
        record.Rows is { } rows ? [.. Some.Host(rows[row]).Chunk((int)rows.shape[2])] : [];

    private readonly double[] _old = Some.Host(record.LogP[row]);

    /// <summary>One number a kept slot; 0 in the others.</summary>
    public double[] Each(Func<int, double> number) => [.. Enumerable.Range(0, P.Length).Select(i => Kept[i] ? number(i) : 0)];

    /// <summary>1 at the slot of the largest value.</summary>
    public double[] Winner()
    {
        var best = Enumerable.Range(0, P.Length).MaxBy(i => Values[i]);
        return Each(i => i == best ? 1 : 0);
    }

    /// <summary>(1[winner] − q)/κ with q ∝ p^(1/κ), the gradient of log q of the winner.</summary>
    public double[] Winner(double scale)
    {
        var raw = Each(i => Math.Pow(P[i], 1 / scale));
        return [.. Winner().Zip(raw, (one, x) => (one - x / raw.Sum()) / scale)];
    }

    /// <summary>w ∝ p·e^(−g′).</summary>
    public double[] Shares()
    {
        var raw = Each(i => Math.Exp(LogP[i] - Values[i]));
        return [.. raw.Select(x => x / raw.Sum())];
    }

    /// <summary>pE.</summary>
    public double[] Mean() => [.. Enumerable.Range(0, Rows[0].Length).Select(d => Each(i => P[i] * Rows[i][d]).Sum())];

    /// <summary>Entropy of the policy that drew.</summary>
    public double OldEntropy() => -Each(i => Math.Exp(_old[i]) * _old[i]).Sum();
}

/// <summary>
/// A vocabulary of ten with an embedding, and two policies on one kept set: four tokens of the five best, the fifth closed by
/// top-p.
/// </summary>
internal static class Steps
{
    public const int Vocabulary = 10, Hidden = 4, Slots = 5;

    /// <summary>Probabilities of tokens 0 to 9, nearly: .12 and .08, …, the kept ones are 7, 3, 5 and 1.</summary>
    public static readonly double[] Old = Logs(.001, .12, .001, .26, .002, .16, .001, .42, .03, .005);
    public static readonly double[] New = [.. Old.Zip([.3, -.1, -.2, .15, .1, -.2, .3, .12, -.3, .2], (z, d) => z + d)];

    private static readonly SupportFilter Filter = new() { TopK = Slots, TopP = 0.95 };
    private static readonly ConcurrentDictionary<(string, bool), ThoughtRecord> Cache = new();

    private static double[] Logs(params double[] p) => [.. p.Select(x => Math.Log(x))];

    public static Tensor Row(params double[] values) => tensor(values, [1, values.Length]);

    /// <summary>(V, D).</summary>
    public static Tensor Embedding()
    {
        var numbers = new double[Vocabulary * Hidden];
        CounterNoise.Uniforms(77, 1, 0, 0, numbers);
        return tensor(numbers, [Vocabulary, Hidden]).sub(0.5).mul(2);
    }

    /// <summary>The kept set of the first policy, under a policy's logits (V).</summary>
    public static Support Support(double[] logits, int rows, ScalarType type = ScalarType.Float64)
    {
        var (ids, kept, _) = Filter.Apply(Row(Old));
        var policy = Row(logits).to(type);
        var logP = StepLaw.Renormalized(policy.gather(1, ids), kept, 1);
        return new Support(ids.expand(rows, -1), kept.expand(rows, -1), logP.expand(rows, -1))
        {
            Embedding = Embedding().to(type), FullLogP = policy.log_softmax(-1).expand(rows, -1), Members = arange(rows),
        };
    }

    public static Tensor Uniforms(StepLaw law, int rows, ulong seed)
    {
        var count = law.UniformCount(Slots, Hidden);
        var numbers = new double[rows * count];
        for (var i = 0; i < rows; i++) CounterNoise.Uniforms(seed, 1, i, 0, numbers.AsSpan(i * count, count));
        return tensor(numbers, [rows, count]);
    }

    /// <summary>Fresh records, with the rows that a generator would add.</summary>
    public static ThoughtRecord Draw(StepLaw law, Support support, Tensor uniforms)
    {
        var record = law.Draw(support, uniforms);
        return !law.NeedsEmbedding ? record : record with { Rows = Rows(support.Embedding!, record.Ids) };
    }

    public static Tensor Rows(Tensor table, Tensor ids) =>
        table.index_select(0, ids.reshape(-1)).reshape(ids.shape[0], ids.shape[1], -1);

    public static ThoughtRecord Draw(StepLaw law, int rows, ulong seed = 5, double[]? logits = null) =>
        Draw(law, Support(logits ?? Old, rows), Uniforms(law, rows, seed));

    /// <summary>Many records of a law with its own settings, made once for all tests, of one of the two policies.</summary>
    public static ThoughtRecord Many(string name, bool fromNew = false) => Cache.GetOrAdd((name, fromNew), _ =>
    {
        using var scope = NewDisposeScope();
        var record = Draw(LawCase.Of(name).Law, Count, fromNew ? 6UL : 5UL, fromNew ? New : Old);
        foreach (var t in new[] { record.Ids, record.Kept, record.LogP, record.Values, record.Rows, record.Members })
            t?.DetachFromDisposeScope();
        return record;
    });

    /// <summary>Rows of <see cref="Many"/>.</summary>
    public const int Count = 60_000;

    /// <summary>Log-probabilities of a record's tokens under a policy's logits, (V) or a row each.</summary>
    public static Tensor LogP(StepLaw law, ThoughtRecord record, Tensor logits, double temperature = 1) =>
        law.LogP(logits.expand(record.Ids.shape[0], -1).gather(1, record.Ids), record.Kept, temperature);

    public static Tensor LogP(StepLaw law, ThoughtRecord record, double[] logits) => LogP(law, record, Row(logits));

    /// <summary>Log-densities of records under a policy.</summary>
    public static Tensor Density(StepLaw law, ThoughtRecord record, double[] logits) =>
        law.LogDensity(record, LogP(law, record, logits));

    /// <summary>Mean and its standard error.</summary>
    public static (double Mean, double Error) Mean(double[] values)
    {
        var mean = values.Average();
        return (mean, Math.Sqrt(values.Sum(v => (v - mean) * (v - mean)) / values.Length / (values.Length - 1.0)));
    }
}
