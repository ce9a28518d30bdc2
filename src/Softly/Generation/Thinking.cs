using Softly.Models;
using Softly.Rollouts;
using Softly.Sampling;

namespace Softly.Generation;

/// <summary>
/// What a rollout thought, as it was fed, up to and with the mark that ended it: it can be put behind a prompt again, as it was
/// or with other thoughts in its place, and only the answer be drawn. The mark is in plain tokens: soft steps that spelt it are
/// thoughts as well, and would stay where others are put in the place of these.
/// </summary>
/// <param name="Thoughts">The mixtures before the mark; plain tokens where the rollout thought in these.</param>
/// <param name="Winners">What each thought says in the text.</param>
/// <param name="Mark">The mark in plain tokens: one where it is a token, else the winners of the steps that spelt it.</param>
public sealed record Thinking(IReadOnlyList<MixtureRow> Thoughts, IReadOnlyList<int> Winners, IReadOnlyList<MixtureRow> Mark)
{
    /// <summary>A thought of nothing, as the blank law feeds it.</summary>
    public static MixtureRow Blank { get; } = new([0], [0]);

    /// <summary>Positions of thoughts and mark.</summary>
    public int Length => Thoughts.Count + Mark.Count;

    /// <summary>Whether every thought is its winner alone.</summary>
    public bool IsPlain => Thoughts.Zip(Winners).All(t => t.First is { Ids: [var id] } && id == t.Second);

    /// <summary>The mark's token, where it is one.</summary>
    private int? MarkToken { get; init; }

    /// <summary>The mark as a text, with what its last step says beyond it, where it is no token.</summary>
    private string MarkText { get; init; } = "";

    /// <summary>
    /// Looks for the mark as decoding does: the first step of one of its tokens, or the winners that have spelt its text.
    /// </summary>
    /// <param name="rollout">
    /// Drawn in plain tokens, or by a law whose thoughts are mixtures and no more (<see cref="StepLaw.AddsVectors"/>).
    /// </param>
    /// <param name="text">Tokens to text.</param>
    /// <returns>Null where thinking never ended, or the mark left no room for an answer.</returns>
    public static Thinking? Of(Rollout rollout, Func<IReadOnlyList<int>, string> text)
    {
        var end = rollout.Sampling.ThinkEnd;
        int first, count; // of the mark's steps
        var spelt = "";
        if (end.Tokens.Count > 0)
        {
            (first, count) = (rollout.Steps.ToList().FindIndex(s => s.Kind != StepKind.Soft && end.Tokens.Contains(s.Token)), 1);
            if (first < 0) return null;
        }
        else
        {
            if (end.Text is not { Length: > 0 } mark) return null;
            var at = Said(rollout.Length).IndexOf(mark, StringComparison.Ordinal);
            if (at < 0) return null;
            var most = Spelling.Fewest(mark, rollout.Length, Said);
            first = most - 1;
            while (first > 0 && Said(first).Length > at) first--;
            (count, spelt) = (most - first, Said(most)[at..]);
        }
        if (first + count >= rollout.Sampling.MaxNewTokens) return null;
        return new Thinking(
            [.. rollout.Steps.Take(first).Select(Fed)], [.. rollout.Tokens.Take(first)],
            [.. rollout.Tokens.Skip(first).Take(count).Select(MixtureRow.Token)])
        {
            MarkToken = end.Tokens.Count > 0 ? rollout[first].Token : null, MarkText = spelt,
        };

        string Said(int steps) => text([.. rollout.Tokens.Take(steps)]);
    }

    /// <summary>The prompt with thoughts and mark behind it.</summary>
    public Prompt After(Prompt prompt) => prompt with { Rows = [.. prompt.Rows, .. Thoughts, .. Mark] };

    /// <summary>How the answer behind it is drawn: as in the rollout, in what room it had left.</summary>
    /// <param name="sampling">The rollout's.</param>
    public SamplingOptions Answering(SamplingOptions sampling) => sampling with
    {
        Law = null, ThinkEnd = ThinkEnd.Never, ThinkLength = 0, ColdStop = null, MaxNewTokens = sampling.MaxNewTokens - Length,
    };

    /// <summary>What is judged: the mark and the reply behind it, and nothing of the thoughts.</summary>
    /// <param name="reply">Drawn by <see cref="Answering"/>.</param>
    /// <param name="text">Tokens to text.</param>
    public string TextWith(Rollout reply, Func<IReadOnlyList<int>, string> text)
    {
        if (MarkToken is not { } mark) return MarkText + reply.Text;
        var ended = reply.Finish == FinishReason.End ? 1 : 0;
        return text([mark, .. reply.Tokens.Take(reply.Length - ended)]);
    }

    private static MixtureRow Fed(Step step)
    {
        if (step.Kind != StepKind.Soft) return MixtureRow.Token(step.Token);
        var (ids, weights) = (step.Slots.Ids, step.Slots.Weights);
        int[] fed = [.. Enumerable.Range(0, ids.Length).Where(k => weights.Span[k] != 0)];
        return fed.Length == 0 ? Blank
            : new MixtureRow([.. fed.Select(k => (int)ids.Span[k])], [.. fed.Select(k => weights.Span[k])]);
    }
}
