using Softly.Generation;
using Softly.Models;
using Softly.Runs;
using Softly.Tasks.Statistics;

namespace Softly.Evaluation;

/// <summary>What thoughts hold, against the sets they should hold.</summary>
internal static class ThoughtContents
{
    /// <summary>Positions that are told one by one; the others are in the line of all.</summary>
    private const int MostPositions = 64;

    /// <summary>A word of the set counts as covered above this share of 1 / size of the set.</summary>
    private const double CoveredFrom = 0.25;

    /// <summary>Share of a mixture's weight on a set of tokens; NaN for a thought of nothing.</summary>
    public static double Mass(MixtureRow thought, IReadOnlySet<int> set) =>
        thought.Ids.Select((id, k) => set.Contains(id) ? (double)thought.Weights[k] : 0).Sum() / Total(thought);

    /// <summary>Share of a set's tokens whose share of the mixture is above a quarter of 1 / size of the set.</summary>
    public static double Coverage(MixtureRow thought, IReadOnlySet<int> set)
    {
        var total = Total(thought);
        var weights = Weights(thought);
        return set.Count(id => weights.GetValueOrDefault(id) / total > CoveredFrom / set.Count) / (double)set.Count;
    }

    /// <summary>e^(entropy): tokens in equal shares that would be as undecided.</summary>
    public static double Effective(MixtureRow thought)
    {
        var total = Total(thought);
        return Math.Exp(-Weights(thought).Values.Select(w => w / total).Where(p => p > 0).Sum(p => p * Math.Log(p)));
    }

    /// <summary>Whether all of some tokens weigh more than each of others.</summary>
    public static bool Ranks(MixtureRow thought, IEnumerable<int> right, IEnumerable<int> wrong)
    {
        var weights = Weights(thought);
        return right.Min(id => weights.GetValueOrDefault(id))
            > wrong.Select(id => weights.GetValueOrDefault(id)).DefaultIfEmpty(-1).Max();
    }

    /// <summary>All positions together, then each of the first ones.</summary>
    /// <param name="own">By problem: thinking as drawn.</param>
    /// <param name="noiseFree">By problem: thinking again without noise; null where there is none.</param>
    /// <param name="sets">By problem: the true set of every thought; null where it is not known.</param>
    public static IReadOnlyList<AuditedPosition> Positions(
        ILookup<int, Thinking> own, ILookup<int, Thinking>? noiseFree, IReadOnlyList<IReadOnlyList<IReadOnlySet<int>>?> sets)
    {
        var longest = own.Concat(noiseFree ?? Enumerable.Empty<IGrouping<int, Thinking>>())
            .SelectMany(t => t).Select(t => t.Thoughts.Count).DefaultIfEmpty(0).Max();
        return [At(null), .. Enumerable.Range(0, longest > 1 ? Math.Min(longest, MostPositions) : 0).Select(t => At(t))];

        AuditedPosition At(int? position) => new(
            position + 1,
            own.Select(p => SetsAt(p.Key, position).Where(s => s.Count > 0).Select(s => s.Count))
                .Select(sizes => sizes.Select(n => (double)n).DefaultIfEmpty(double.NaN).Average())
                .Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average(),
            Content(own, position), noiseFree is null ? null : Content(noiseFree, position));

        IEnumerable<IReadOnlySet<int>> SetsAt(int problem, int? position) =>
            sets[problem]?.Where((_, t) => position is null || t == position) ?? [];

        ThoughtContent? Content(ILookup<int, Thinking> thinking, int? position)
        {
            var thoughts = thinking.Select(p => p.SelectMany(t => t.Thoughts.Select((row, at) => (Row: row, At: at)))
                .Where(t => position is null || t.At == position)
                .Select(t => (t.Row, Set: SetsAt(p.Key, t.At).FirstOrDefault(s => s.Count > 0))).ToList())
                .Where(p => p.Count > 0).ToList();
            return thoughts.Count == 0 ? null : new ThoughtContent(
                thoughts.Sum(p => p.Count),
                Mean(thoughts, t => t.Set is null ? double.NaN : Mass(t.Row, t.Set), share: true),
                Mean(thoughts, t => t.Set is null ? double.NaN : Coverage(t.Row, t.Set), share: true),
                Mean(thoughts, t => Effective(t.Row), share: false));
        }
    }

    /// <summary>The mean over problems of the mean over each one's thoughts.</summary>
    private static Estimate Mean<T>(IEnumerable<List<T>> problems, Func<T, double> of, bool share)
    {
        double[] means = [.. problems.Select(p => p.Select(of).Where(double.IsFinite).DefaultIfEmpty(double.NaN).Average())
            .Where(double.IsFinite)];
        if (means.Length == 0) return Estimate.Exact(double.NaN);
        var interval = means.Length == 1 ? new Interval(means[0], double.NaN, double.NaN)
            : share ? Bootstrap.Share(means) : Bootstrap.Mean(means);
        return new Estimate(interval.Estimate, interval.Low, interval.High);
    }

    private static double Total(MixtureRow thought) => thought.Weights.Sum(w => (double)w);

    /// <summary>By token: a law may store one twice.</summary>
    private static Dictionary<int, double> Weights(MixtureRow thought)
    {
        var weights = new Dictionary<int, double>();
        for (var k = 0; k < thought.Ids.Length; k++)
            weights[thought.Ids[k]] = weights.GetValueOrDefault(thought.Ids[k]) + thought.Weights[k];
        return weights;
    }
}
