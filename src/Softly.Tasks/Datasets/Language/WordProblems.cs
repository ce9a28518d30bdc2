namespace Softly.Tasks;

/// <summary>
/// Arithmetic in plain English for small instruction-tuned models: someone has some things, gets or loses some, or has several
/// boxes of them. Right is a completion whose last number is the answer, so reward comes before the form is learned.
/// </summary>
/// <remarks>
/// Every question is a conversation with worked examples: with them SmolLM2-135M-Instruct keeps the form from the start and is
/// right in about two of five samples (top-k 5, top-p 0.95; 12 questions), with the bare question it mostly talks past the point.
/// One question in ten is held out, by its text.
/// </remarks>
/// <param name="steps">Operations to the answer.</param>
/// <param name="largest">The largest number in a question (boxes: 5); answers may be larger.</param>
public sealed class WordProblems(int steps = 1, int largest = 10) : ITask
{
    /// <summary>Tokens that a short worked answer fits in.</summary>
    private const int Room = 32;

    private static readonly (int Steps, string Question, string Answer)[] Examples =
    [
        (1, "Tom has 3 plums. Lea gives Tom 2 more plums. How many plums does Tom have now?", "3 + 2 = 5\n#### 5"),
        (1, "Lea has 4 tins with 2 pens in each. How many pens does Lea have?", "4 * 2 = 8\n#### 8"),
        (1, "Tom has 9 kites. Tom sells 3 kites. How many kites does Tom have now?", "9 - 3 = 6\n#### 6"),
        (2, "Lea has 2 tins with 5 nuts in each. Lea loses 3 nuts. How many nuts does Lea have now?",
            "2 * 5 = 10\n10 - 3 = 7\n#### 7"),
    ];

    private static readonly Gsm8kGrader Grader = new(flexible: true);

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

    /// <summary>The question behind worked examples of no more operations, each a turn of the conversation.</summary>
    private List<Message> Ask(string question)
    {
        var turns = new List<Message>();
        foreach (var example in Examples.Where(e => e.Steps <= _steps))
            turns.AddRange([new("user", example.Question), new("assistant", example.Answer)]);
        turns.Add(new("user", question));
        return turns;
    }
}
