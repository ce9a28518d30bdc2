using Softly.Models;
using Softly.Rollouts;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Generation;

/// <summary>Turns problems into prompts: conversations through the model's chat template, plain texts as they stand.</summary>
/// <param name="tokenizer">The model's tokenizer.</param>
public sealed class ProblemReader(Tokenizer tokenizer)
{
    /// <summary>The date for templates that print it; the system's clock where null.</summary>
    public TimeProvider? Clock { get; set; }

    /// <summary>A problem as the model reads it.</summary>
    /// <exception cref="InvalidOperationException">
    /// The problem is a conversation and the tokenizer has no chat template.
    /// </exception>
    public Prompt Read(Problem problem) => new(problem, problem.Messages is { } messages
        ? [.. tokenizer.EncodeChat(messages, clock: Clock).Select(MixtureRow.Token)]
        : [.. tokenizer.EncodeMixtures(problem.Prompt).Select(m => new MixtureRow(m.Ids, m.Weights))]);

    /// <summary>A weighted set of words as a weighted set of tokens.</summary>
    /// <exception cref="ArgumentException">A word is not one token.</exception>
    public MixtureRow Row(IReadOnlyList<WeightedWord> words) => new(
        [.. words.Select(w => tokenizer.TokenId(w.Word) ?? throw new ArgumentException(
            $"'{w.Word}' is not one token of this model: demonstrations need a closed vocabulary"))],
        [.. words.Select(w => (float)w.Weight)]);
}
