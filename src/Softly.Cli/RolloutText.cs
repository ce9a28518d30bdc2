using Softly.Rollouts;
using Softly.Runs;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;
using TorchSharp;
using static TorchSharp.torch;

namespace Softly.Cli;

/// <summary>Rollouts for readers: what was thought at every step, in words with weights.</summary>
internal static class RolloutText
{
    /// <summary>Every step's heaviest words; plain tokens are one word of weight 1.</summary>
    public static IReadOnlyList<ThoughtStep> Thoughts(Rollout rollout, Tokenizer tokenizer, int most = 5)
    {
        var steps = Enumerable.Range(0, rollout.Length).Select(t => rollout[t]).ToList();
        var soft = steps.Where(s => s.Kind == StepKind.Soft).ToList();
        var weights = new Queue<float[]>();
        if (soft.Count > 0)
        {
            using var off = no_grad();
            using var scope = NewDisposeScope();
            var values = tensor(soft.SelectMany(s => s.Values.ToArray()).ToArray(), [soft.Count, rollout.Width]);
            foreach (var row in rollout.Sampling.Law!.Weights(values).data<float>().ToArray().Chunk(rollout.Width))
                weights.Enqueue(row);
        }
        return [.. steps.Select(
            s => s.Kind == StepKind.Soft ? Mixture(s, weights.Dequeue()) : ThoughtStep.Of(tokenizer.TokenText(s.Token)))];

        ThoughtStep Mixture(Step step, float[] shares) =>
            new([.. Enumerable.Range(0, step.Ids.Length).Where(k => step.Kept.Span[k])
                .OrderByDescending(k => shares[k]).Take(most)
                .Select(k => new WordShare(tokenizer.TokenText(step.Ids.Span[k]), shares[k]))]);
    }

    /// <summary>A group's rollouts for the log.</summary>
    public static IEnumerable<RolloutRecord> Records(int step, RolloutGroup group, Tokenizer tokenizer)
    {
        var prompt = group.Prompt.Problem.Messages is null
            ? group.Prompt.Problem.Prompt
            : tokenizer.Decode([.. group.Prompt.Rows.Select(r => r.Ids[0])], skipSpecial: false);
        return group.Rollouts.Select((r, i) => new RolloutRecord
        {
            Step = step, ProblemId = group.Prompt.Problem.Id, Prompt = prompt, Completion = r.Text,
            Score = group.Grades[i].Score, Verdict = group.Grades[i].Verdict.Name(), Reason = group.Grades[i].Reason,
            Advantage = group.Advantages.Count > i ? group.Advantages[i] : 0,
            PromptLength = group.Prompt.Rows.Count,
            CompletionLength = r.Length,
            ThoughtLength = r.Sampling.Law is null ? null : r.SoftSteps,
            FinishReason = r.Finish.ToString().ToLowerInvariant(),
            Thoughts = r.SoftSteps > 0 ? Thoughts(r, tokenizer) : null,
        });
    }
}
