using Softly.Rollouts;
using Softly.Sampling;

namespace Softly.Generation;

/// <summary>What a drawn step does to its row: it is appended, and may end the thinking, or the text.</summary>
/// <param name="sampling">How the rollouts are drawn.</param>
/// <param name="endTokens">Tokens that end a text.</param>
/// <param name="detokenize">Ids to text.</param>
internal sealed class StepRules(
    SamplingOptions sampling, IReadOnlyList<int> endTokens, Func<IReadOnlyList<int>, string> detokenize)
{
    public SamplingOptions Sampling => sampling;

    /// <summary>True where a text can end something, so that every step must be read.</summary>
    public bool Reads { get; } =
        sampling.StopTexts.Count > 0 || (sampling.Law is not null && sampling.ThinkEnd.Text is not null);

    /// <summary>Tokens that end thinking or the text.</summary>
    public int[] Closing { get; } = [.. endTokens.Concat(sampling.ThinkEnd.Tokens)];

    /// <summary>Appends a step to a row that is not finished.</summary>
    public void Take(BatchRow row, in Step step)
    {
        row.Rollout.Add(step);
        if (row.Thinking) row.Thought(step.Entropy, sampling.ColdStop);
        if (step.Kind != StepKind.Soft || !sampling.Law!.ThinksBlank) Chosen(row, step.Token);
        if (!row.Finished && row.Position >= sampling.MaxNewTokens) row.End(FinishReason.Length);
        if (row.Finished) row.Group.Finished++;
    }

    /// <summary>What the rollout's tokens and winners say, without the ending token.</summary>
    public string Text(Rollout rollout)
    {
        var words = Words(rollout);
        return detokenize(rollout.Finish == FinishReason.End ? [.. words.Take(words.Count - 1)] : words);
    }

    // Of a blank thought no word was chosen that could end anything.
    private void Chosen(BatchRow row, int token)
    {
        if (endTokens.Contains(token)) row.End(FinishReason.End);
        else if (sampling.ThinkEnd.Tokens.Contains(token)) row.Thinking = false;
        if (row.Finished || !Reads) return;
        var text = detokenize(Words(row.Rollout));
        if (row.Thinking && sampling.ThinkEnd.Text is { } end && text.Contains(end, StringComparison.Ordinal))
            row.Thinking = false;
        if (sampling.StopTexts.Any(s => text.Contains(s, StringComparison.Ordinal))) row.End(FinishReason.Stop);
    }

    /// <summary>The tokens that make the text: of blank thoughts none was chosen, or fed.</summary>
    private static IReadOnlyList<int> Words(Rollout rollout) => rollout.Sampling.Law is not { ThinksBlank: true }
        ? rollout.Tokens
        : [.. rollout.Steps.Where(s => s.Kind != StepKind.Soft).Select(s => s.Token)];
}
