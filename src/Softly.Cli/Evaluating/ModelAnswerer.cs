using Softly.Generation;
using Softly.Rollouts;
using Softly.Sampling;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli.Evaluating;

/// <summary>A model of this machine. A piece is one call of the generator: its batches are the same in every run.</summary>
/// <param name="bench">The model with its engine.</param>
/// <param name="sampling">How answers are drawn.</param>
/// <param name="seed">Of all noise: an answer depends on it, the problem's id and the sample's number.</param>
/// <param name="listen">Takes who is told the share of a piece that is done.</param>
internal sealed class ModelAnswerer(Workbench bench, SamplingOptions sampling, ulong seed, Action<Action<double>> listen)
    : IAnswerer
{
    /// <inheritdoc />
    public IEnumerable<AnsweredPiece> Answer(
        IEnumerable<IReadOnlyList<Problem>> pieces, int samples, Action<double> progress, CancellationToken cancel)
    {
        listen(progress);
        foreach (var problems in pieces)
        {
            var groups = bench.Generator.Generate(
                [.. problems.Select(bench.Reader.Read)], samples, sampling, seed, cancel: cancel);
            yield return new AnsweredPiece(problems, [.. groups.Select(g => (IReadOnlyList<Answer>)[.. g.Rollouts.Select(
                r => Of(r, g.Prompt.Rows.Count))])]);
        }
    }

    private Answer Of(Rollout rollout, int prompt) => new(
        rollout.Text, prompt, rollout.Length, Thoughts(rollout, sampling, bench.Tokenizer),
        rollout.Finish.ToString().ToLowerInvariant(), rollout.Steps.Average(s => (double)s.Entropy), rollout[0].Entropy);

    /// <summary>
    /// Steps before the thinking ended: the soft ones, or the tokens before the mark; all of them where the mark never came. Null
    /// for discrete thinking of a model without a mark.
    /// </summary>
    internal static int? Thoughts(Rollout rollout, SamplingOptions sampling, Tokenizer tokenizer)
    {
        if (sampling.Law is not null) return rollout.SoftSteps;
        var tokens = rollout.Tokens;
        if (sampling.ThinkEnd.Tokens.Count > 0)
        {
            for (var t = 0; t < tokens.Count; t++)
                if (sampling.ThinkEnd.Tokens.Contains(tokens[t])) return t;
            return tokens.Count;
        }
        if (sampling.ThinkEnd.Text is not { } mark) return null;
        if (!rollout.Text.Contains(mark, StringComparison.Ordinal)) return tokens.Count;
        return Spelling.Fewest(mark, tokens.Count, steps => tokenizer.Decode([.. tokens.Take(steps)]));
    }
}
