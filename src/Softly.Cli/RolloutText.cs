using Softly.Rollouts;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli;

/// <summary>Rollouts for readers: what was thought at every step, in words with weights.</summary>
internal static class RolloutText
{
    /// <summary>Every step's heaviest words; plain tokens are one word of weight 1.</summary>
    public static IReadOnlyList<ThoughtStep> Thoughts(Rollout rollout, Tokenizer tokenizer, int most = 5)
    {
        return [.. rollout.Steps.Select(
            s => s.Kind == StepKind.Soft ? Mixture(s.Slots) : ThoughtStep.Of(tokenizer.TokenText(s.Token)))];

        ThoughtStep Mixture(StepSlots slots) =>
            new([.. Enumerable.Range(0, slots.Ids.Length).Where(k => slots.Weights.Span[k] != 0)
                .OrderByDescending(k => slots.Weights.Span[k]).Take(most)
                .Select(k => new WordShare(tokenizer.TokenText((int)slots.Ids.Span[k]), slots.Weights.Span[k]))]);
    }

    /// <summary>A group's rollouts for the log.</summary>
    /// <param name="step">The training step.</param>
    /// <param name="group">Graded and scored.</param>
    /// <param name="tokenizer">The model's.</param>
    /// <param name="rewards">The rewards' names; null where the verdict says it all.</param>
    public static IEnumerable<RolloutRecord> Records(
        int step, RolloutGroup group, Tokenizer tokenizer, IReadOnlyList<string>? rewards = null)
    {
        var prompt = group.Prompt.Problem.Messages is null
            ? group.Prompt.Problem.Prompt
            : tokenizer.Decode([.. group.Prompt.Rows.Select(r => r.Ids[0])], skipSpecial: false);
        return group.Rollouts.Select((r, i) => new RolloutRecord
        {
            Step = step, ProblemId = group.Prompt.Problem.Id, Prompt = prompt, Completion = r.Text,
            Score = group.Scores[i], Verdict = group.Grades[i].Verdict.Name(), Reason = group.Grades[i].Reason,
            Rewards = rewards is null ? null : Enumerable.Range(0, rewards.Count)
                .ToDictionary(f => rewards[f], f => group.Rewards[i][f].Value),
            RewardFaults = rewards is null ? null : Faults(rewards, group.Rewards[i]),
            Watched = group.Watched.Count > i ? group.Watched[i].Verdict.Name() : null,
            Advantage = group.Advantages.Count > i ? group.Advantages[i] : 0,
            PromptLength = group.Prompt.Rows.Count,
            CompletionLength = r.Length,
            ThoughtLength = r.Sampling.Law is null ? null : r.SoftSteps,
            FinishReason = r.Finish.ToString().ToLowerInvariant(),
            Thoughts = r.SoftSteps > 0 ? Thoughts(r, tokenizer) : null,
        });

        static Dictionary<string, string>? Faults(IReadOnlyList<string> names, RewardScore[] scores) =>
            scores.All(s => s.Reason is null) ? null
            : scores.Select((s, f) => (Name: names[f], s.Reason)).Where(s => s.Reason is not null)
                .ToDictionary(s => s.Name, s => s.Reason!);
    }
}
