using Softly.Generation;
using Softly.Rollouts;
using Softly.Sampling;

namespace Softly.Training;

/// <summary>A rollout's text in two, at the mark that ends thinking.</summary>
/// <param name="Thought">Before the mark, all where it never came; null where there is none to look for.</param>
/// <param name="Reply">Behind it, or all where there is none to look for; null where it never came.</param>
/// <param name="ThoughtLength">Steps of the thought, the mark counted.</param>
internal readonly record struct ThoughtAndReply(string? Thought, string? Reply, int ThoughtLength)
{
    /// <summary>Looks for the mark as decoding does: one of its tokens, or else its text.</summary>
    /// <param name="rollout">Whose text is cut.</param>
    /// <param name="text">Tokens to text.</param>
    public static ThoughtAndReply Of(Rollout rollout, Func<IReadOnlyList<int>, string> text)
    {
        var end = rollout.Sampling.ThinkEnd;
        // The steps that make the text: not the ending token, and no blank thought.
        var blank = rollout.Sampling.Law is { ThinksBlank: true };
        var ended = rollout.Finish == FinishReason.End ? 1 : 0;
        int[] said = [.. Enumerable.Range(0, rollout.Length - ended).Where(t => !blank || rollout[t].Kind != StepKind.Soft)];
        if (end.Tokens.Count > 0)
        {
            var mark = Array.FindIndex(said, t => end.Tokens.Contains(rollout[t].Token));
            return mark < 0
                ? new(rollout.Text, null, rollout.Length)
                : new(Text(0, mark), Text(mark + 1, said.Length), said[mark] + 1);
        }
        if (end.Text is not { Length: > 0 } spelt) return new(null, rollout.Text, 0);
        var at = rollout.Text.IndexOf(spelt, StringComparison.Ordinal);
        if (at < 0) return new(rollout.Text, null, rollout.Length);
        var most = Spelling.Fewest(spelt, said.Length, steps => Text(0, steps));
        return new(rollout.Text[..at], rollout.Text[(at + spelt.Length)..], said[most - 1] + 1);

        string Text(int from, int to) => text([.. said[from..to].Select(t => rollout[t].Token)]);
    }
}
