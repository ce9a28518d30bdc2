using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>What came back for one sample, before anybody judged it.</summary>
/// <param name="Text">What the model wrote, thoughts included.</param>
/// <param name="PromptTokens">Tokens of the prompt; null where they are not known.</param>
/// <param name="Tokens">Steps of the completion; null where they are not known.</param>
/// <param name="ThoughtTokens">Those before the thinking ended; null where thinking and answering are not told apart.</param>
/// <param name="Finish"><c>end</c>, <c>stop</c> or <c>length</c>.</param>
/// <param name="Entropy">Mean entropy of its steps in nats; null where not measured.</param>
/// <param name="FirstEntropy">Entropy at its first step.</param>
internal sealed record Answer(
    string Text, int? PromptTokens, int? Tokens, int? ThoughtTokens, string Finish, double? Entropy = null,
    double? FirstEntropy = null);

/// <summary>Some problems that were answered together: n answers to each, in the problems' order.</summary>
internal sealed record AnsweredPiece(IReadOnlyList<Problem> Problems, IReadOnlyList<IReadOnlyList<Answer>> Answers);

/// <summary>Somebody who answers: a model here, or one behind an address.</summary>
internal interface IAnswerer
{
    /// <summary>Answers pieces in their order. What a piece's answers are does not depend on the pieces around it.</summary>
    /// <param name="pieces">The pieces that are left.</param>
    /// <param name="samples">n: answers a problem.</param>
    /// <param name="progress">Told the share of the piece at hand that is done.</param>
    /// <param name="cancel">Stops at once; the piece at hand is abandoned.</param>
    IEnumerable<AnsweredPiece> Answer(
        IEnumerable<IReadOnlyList<Problem>> pieces, int samples, Action<double> progress, CancellationToken cancel);
}
