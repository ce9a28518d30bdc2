using Softly.Tasks.Extraction;
using Softly.Tasks.Mathematics;

namespace Softly.Tasks;

/// <summary>
/// Judges answers to mathematical problems by what they mean: the answer is found in the completion, read, and compared exactly
/// or as numbers to many digits at several points (<see cref="MathAnswers"/>). What cannot be shown to be equal is not right.
/// </summary>
/// <remarks>
/// <c>math</c> is for evaluation. <c>math-strict</c> is for rewards: only a box counts as an answer, and an answer that merely
/// restates the question as a sum, an integral or a greatest common divisor is refused.
/// </remarks>
public sealed class MathGrader : IGrader
{
    private readonly AnswerExtractor _extractor;

    /// <summary>A grader with a name of its own.</summary>
    /// <param name="name">The name a recipe uses.</param>
    /// <param name="options">What counts as the same answer.</param>
    public MathGrader(string name, MathOptions options)
    {
        Name = name;
        Options = options;
        _extractor = new AnswerExtractor(options.RequireBoxed, options.IgnoreThink);
    }

    /// <summary>For evaluation.</summary>
    public static MathGrader Evaluation { get; } = new("math", new MathOptions());

    /// <summary>For rewards.</summary>
    public static MathGrader Strict { get; } =
        new("math-strict", new MathOptions { RequireBoxed = true, AllowUnevaluated = false });

    /// <inheritdoc />
    public string Name { get; }

    /// <summary>What counts as the same answer.</summary>
    public MathOptions Options { get; }

    /// <inheritdoc />
    public string PromptSuffix => @" Let's think step by step and output the final answer within \boxed{}.";

    /// <inheritdoc />
    public Grade Grade(string answer, string completion)
    {
        var (found, judged) = Explain(answer, completion);
        if (found is null || judged is null)
            return new Grade(0, Verdict.NoAnswer, Options.RequireBoxed ? "no complete box" : "no answer was found");
        return new Grade(judged.IsRight ? 1 : 0, judged.Verdict, judged.Rule, found.Text);
    }

    /// <summary>The grade in its parts: what was taken as the answer and where, and how it compares.</summary>
    /// <param name="answer">The reference answer.</param>
    /// <param name="completion">What the model wrote.</param>
    /// <returns>Both null where nothing claims to be an answer.</returns>
    public (ExtractedAnswer? Found, Judgement? Judged) Explain(string answer, string completion)
    {
        var found = _extractor.Find(completion, AnswerHint.Of(answer));
        return found is null ? (null, null) : (found, MathAnswers.Judge(answer, found.Text, Options));
    }

    /// <inheritdoc />
    public bool Same(string a, string b) => MathAnswers.Same(a, b, Options);
}
