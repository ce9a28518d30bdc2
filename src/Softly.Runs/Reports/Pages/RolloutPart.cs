namespace Softly.Runs.Reports;

/// <summary>A rollout on a page: prompt, what was thought or written, and what became of it.</summary>
internal static class RolloutPart
{
    public static void Add(Page page, RolloutRecord rollout)
    {
        var reason = rollout.Reason.Length > 0 ? ": " + rollout.Reason : "";
        page.Labelled($"Problem {rollout.ProblemId}, {rollout.Verdict}{reason}", rollout.Prompt);
        if (rollout.Rewards is { } rewards)
            page.Labelled("Rewards", string.Join(" · ", rewards.Select(r => double.IsNaN(r.Value)
                ? $"{r.Key} none{(rollout.RewardFaults?.GetValueOrDefault(r.Key) is { } why ? $" ({why})" : "")}"
                : FormattableString.Invariant($"{r.Key} {r.Value:0.###}"))));
        if (rollout.Thoughts is { Count: > 0 } thoughts) page.ThoughtSteps(thoughts);
        else page.Code(rollout.Completion);
    }
}
