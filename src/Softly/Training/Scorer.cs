using System.Runtime.ExceptionServices;
using Softly.Algorithms.Terms;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Training;

/// <summary>
/// Judges rollouts: the task's grade of each, what every reward gives it, the reward that comes of them, and what a grader says
/// that no reward sees. Several rollouts at a time; the results are those of one after the other.
/// </summary>
/// <param name="task">Grades.</param>
/// <param name="options">Rewards.</param>
/// <param name="text">Tokens to text, the ending ones left out.</param>
internal sealed class Scorer(ITask task, RewardOptions options, Func<IReadOnlyList<int>, string> text) : IDisposable
{
    private readonly ContainedReward[] _rewards = [.. options.Rewards.Select(
        r => new ContainedReward(r.Reward, r.Foreign ? options.TimeLimit : null, options.MostTimeouts))];

    private readonly double[] _weights = [.. options.Weights];
    private readonly bool _cuts = options.Rewards.Any(r => r.Reward is not AccuracyReward);

    /// <summary>
    /// The groups with grades, rewards and scores. A rollout of which a reward failed or took too long has the score NaN.
    /// </summary>
    /// <exception cref="RewardException">A reward hangs again and again.</exception>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public IReadOnlyList<RolloutGroup> Score(IReadOnlyList<RolloutGroup> groups, CancellationToken cancel = default)
    {
        var texts = groups.Select(g => g.Rollouts.Select(r => r.Text).ToArray()).ToArray();
        var grades = groups.Select(g => new Grade[g.Rollouts.Count]).ToArray();
        var watched = groups.Select(g => new Grade[options.Watching is null ? 0 : g.Rollouts.Count]).ToArray();
        var rewards = groups.Select(g => new RewardScore[g.Rollouts.Count][]).ToArray();
        var all = groups.SelectMany((g, p) => g.Rollouts.Select((_, i) => (p, i))).ToArray();
        Each(all.Length, n =>
        {
            var (p, i) = all[n];
            var (problem, rollout) = (groups[p].Prompt.Problem, groups[p].Rollouts[i]);
            grades[p][i] = task.Grade(problem, rollout.Text);
            var context = Context(problem, rollout, grades[p][i], texts[p], i);
            rewards[p][i] = [.. _rewards.Select(r => r.Score(context, cancel))];
            if (options.Watching is { } watching) watched[p][i] = watching.Grade(problem, rollout.Text);
        }, cancel);
        return [.. groups.Select((g, p) => g with
        {
            Grades = grades[p],
            Rewards = rewards[p],
            Scores = SeveralRewards.Sum([.. rewards[p].Select(RewardScore.Values)], _weights),
            Watched = watched[p],
        })];
    }

    private RewardContext Context(Problem problem, Rollout rollout, Grade grade, IReadOnlyList<string> texts, int index)
    {
        var cut = _cuts ? ThoughtAndReply.Of(rollout, text) : default;
        return new RewardContext
        {
            Problem = problem, Completion = rollout.Text, Thought = cut.Thought, Reply = cut.Reply,
            ThoughtLength = cut.ThoughtLength, Length = rollout.Length, Limit = rollout.Sampling.MaxNewTokens,
            Ending = rollout.Finish switch
            {
                FinishReason.Length => Ending.Length, FinishReason.Stop => Ending.Stop, _ => Ending.End,
            },
            Group = texts, Index = index, Grade = grade,
        };
    }

    private void Each(int count, Action<int> judge, CancellationToken cancel)
    {
        try
        {
            Parallel.For(
                0, count, new ParallelOptions { MaxDegreeOfParallelism = options.Workers, CancellationToken = cancel }, judge);
        }
        catch (AggregateException e)
        {
            cancel.ThrowIfCancellationRequested();
            ExceptionDispatchInfo.Throw(e.InnerExceptions[0]); // several may have failed: one says it
        }
    }

    /// <summary>Ends the threads of foreign rewards.</summary>
    public void Dispose()
    {
        foreach (var reward in _rewards) reward.Dispose();
    }
}
