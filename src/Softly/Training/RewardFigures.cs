using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>A step's figures of rewards.</summary>
internal static class RewardFigures
{
    /// <summary>
    /// What each reward gave, under TRL's names, and how often it gave nothing. Nothing where the task's judgement is all there
    /// is, which <c>reward</c> and <c>verdicts/*</c> say.
    /// </summary>
    /// <param name="metrics">Where they go.</param>
    /// <param name="groups">What is learned from.</param>
    /// <param name="drawn">All that was drawn; what failed is counted over these.</param>
    /// <param name="options">The rewards.</param>
    public static void Add(
        Dictionary<string, double> metrics, IReadOnlyList<RolloutGroup> groups, IReadOnlyList<RolloutGroup> drawn,
        RewardOptions options)
    {
        if (options.IsDefault) return;
        for (var f = 0; f < options.Rewards.Count; f++)
        {
            var name = options.Rewards[f].Name;
            double[] given = [.. groups.SelectMany(g => g.Rewards.Select(r => r[f].Value))];
            if (GroupAdvantage.Mean(given) is var mean && !double.IsNaN(mean)) // else there is nothing to have a mean
            {
                metrics[$"rewards/{name}/mean"] = mean;
                metrics[$"rewards/{name}/std"] = GroupAdvantage.Deviation(given);
            }
            foreach (var (outcome, word) in new[]
            {
                (RewardOutcome.None, "none"), (RewardOutcome.Failed, "failed"), (RewardOutcome.Timeout, "timeout"),
            })
                metrics[$"reward/{name}/{word}"] = drawn.Sum(g => g.Rewards.Count(r => r[f].Outcome == outcome));
        }
    }

    /// <summary>
    /// F: the share of each reward in the spread of the sum within groups, cov(w·r, sum) / var(sum), together 1; all 0 where
    /// there is no spread. As in the sum, what gave nothing counts 0, and a rollout without a sum counts nowhere.
    /// </summary>
    public static double[] Shares(IReadOnlyList<RolloutGroup> groups, IReadOnlyList<double> weights)
    {
        var shares = new double[weights.Count];
        var whole = 0.0;
        foreach (var group in groups)
        {
            var scored = group.Rewards.Select(RewardScore.Values).Where(r => !r.All(double.IsNaN)).ToArray();
            double[][] by = [.. weights.Select(
                (w, f) => Centered([.. scored.Select(r => double.IsNaN(r[f]) ? 0 : w * r[f])]))]; // F × scored
            for (var i = 0; i < scored.Length; i++)
            {
                var sum = by.Sum(b => b[i]);
                whole += sum * sum;
                for (var f = 0; f < by.Length; f++) shares[f] += by[f][i] * sum;
            }
        }
        return whole > 0 ? [.. shares.Select(s => s / whole)] : new double[weights.Count];
    }

    /// <summary>The share of rollouts that are like another of their group: 0 where all differ, 1 where all are alike.</summary>
    /// <param name="groups">Of each group, its texts; null is like no other.</param>
    public static double Duplicates(IEnumerable<IReadOnlyList<string?>> groups) => groups.Average(texts =>
    {
        var distinct = texts.OfType<string>().Distinct(StringComparer.Ordinal).Count() + texts.Count(t => t is null);
        return texts.Count < 2 ? 0 : (texts.Count - distinct) / (texts.Count - 1.0);
    });

    private static double[] Centered(double[] values)
    {
        var mean = GroupAdvantage.Mean(values);
        return [.. values.Select(v => v - mean)];
    }
}
