namespace Softly.Tasks;

/// <summary>
/// Arithmetic in plain English for small instruction-tuned models: someone has some things, gets or loses some, or has several
/// boxes of them. Right is a completion whose last number is the answer, so reward comes before the form is learned.
/// </summary>
/// <remarks>
/// Every question is a conversation with worked examples. One question in ten is held out, by its text.
/// </remarks>
/// <param name="steps">Operations to the answer.</param>
/// <param name="largest">The largest number in a question (boxes: 5); answers may be larger.</param>
public sealed class WordProblems(int steps = 1, int largest = 10) : ITask
{
    /// <summary>Tokens that a short worked answer fits in.</summary>
    private const int Room = 32;

    private static readonly Gsm8kGrader Grader = new Gsm8kGrader(flexible: true);

    private readonly int _steps = steps >= 1 ? steps
        : throw new ArgumentOutOfRangeException(nameof(steps), steps, "at least one operation");
    private readonly int _largest = largest >= 3 ? largest
        : throw new ArgumentOutOfRangeException(nameof(largest), largest, "at least 3");

    /// <inheritdoc />
    public string Name { get; } = steps == 1 ? "word-problems" : $"word-problems-{steps}";

    /// <inheritdoc />
    public string Description { get; } =
        $"arithmetic in plain English, operations: {steps}, numbers up to {largest}; for small instruction-tuned models";

    /// <inheritdoc />
    public IReadOnlyList<string>? Vocabulary => null;

    /// <summary>The mark before the answer.</summary>
    public string ThinkEnd => "####";

    /// <inheritdoc />
    public int? CompletionLength => Room * _steps;

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => HeldOut.Draw(split, count, seed, random =>
    {
        var (text, answer) = new Story(random, _largest).Tell(_steps);
        return (text, new Problem($"{Name}/{StableHash.Of(text):x16}", text, Words.Text(answer)) { Messages = Ask(text) });
    });

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion) => Grader.Grade(problem.Answer, completion);

    /// <summary>None: a solution in words is not in the tokens of every model.</summary>
    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    /// <summary>None: an answer may be any number.</summary>
    public double? GuessChance(Problem problem) => null;

    private static IReadOnlyList<Message> Ask(string question) => [new("user", question)];
}
