namespace Softly.Tasks;

/// <summary>
/// Sums modulo 97, worked out from the left or from the right: a negative control. Both orders always lead to the answer, so
/// there is nothing to search and nothing to keep open; a method that thinks in mixtures should not gain here.
/// </summary>
/// <remarks>
/// The trace names the order, then the partial sums: <c>L</c> a+b, a+b+c, a+b+c+d or <c>R</c> c+d, b+c+d, a+b+c+d; then
/// <c>&gt;</c> and the sum. Only the sum after <c>&gt;</c> is judged. One multiset of numbers in ten is held out, in all its
/// orders.
/// </remarks>
/// <param name="terms">Numbers to add, at least 3.</param>
public sealed class ModularArithmetic(int terms = 4) : ITask
{
    /// <summary>Sums are taken modulo this.</summary>
    public const int Modulus = 97;

    private static readonly string[] AllWords =
        [.. Words.Common, "L", "R", .. Enumerable.Range(0, Modulus).Select(n => Words.Text(n))];

    private readonly int _terms = terms is >= 3 and <= 16
        ? terms
        : throw new ArgumentOutOfRangeException(nameof(terms), terms, "3 to 16 numbers are added");

    /// <inheritdoc />
    public string Name => "modular-arithmetic";

    /// <inheritdoc />
    public string Description => $"add {_terms} numbers modulo {Modulus}, from the left or from the right: a negative control";

    /// <inheritdoc />
    public IReadOnlyList<string> Vocabulary => AllWords;

    /// <inheritdoc />
    public string ThinkEnd => Words.Think;

    /// <summary>The order, the partial sums, the marker, the sum and the end word: 7 for four numbers.</summary>
    public int? CompletionLength => 1 + (_terms - 1) + 3;

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => HeldOut.Draw(split, count, seed, random =>
    {
        var numbers = Enumerable.Range(0, _terms).Select(_ => random.Next(Modulus)).ToArray();
        var text = string.Join(' ', numbers);
        var problem = new Problem($"{Name}/{text}", $"{text} {Words.Ask}", Words.Text(numbers.Sum() % Modulus));
        return (string.Join(' ', numbers.Order()), problem);
    });

    /// <summary>The numbers, whatever their order.</summary>
    public string ContentOf(Problem problem) => string.Join(' ', problem.Prompt.Split(' ').Order(StringComparer.Ordinal));

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion)
    {
        if (Read(problem) is not { } numbers) return Words.Foreign;
        if (Words.AnswerOf(completion) is not { } answer) return new Grade(0, Verdict.NoAnswer, "no '>' before the end");
        var text = string.Join(' ', answer);
        if (answer.Length != 1 || Words.Number(answer[0], Modulus) is not { } given)
            return new Grade(0, Verdict.Unparsable, $"an answer is one number below {Modulus}", text);
        var sum = numbers.Sum() % Modulus;
        return given == sum
            ? new Grade(1, Verdict.Right, $"the sum is {sum}", text)
            : new Grade(0, Verdict.Wrong, $"the sum is {sum}, not {given}", text);
    }

    /// <inheritdoc />
    public Demonstration? Demonstrate(Problem problem, Random random)
    {
        if (Read(problem) is not { } numbers) return null;
        var fromLeft = random.Next(2) == 0;
        if (!fromLeft) Array.Reverse(numbers);
        var thoughts = new List<string> { fromLeft ? "L" : "R" };
        var sum = numbers[0];
        foreach (var number in numbers.Skip(1)) thoughts.Add(Words.Text(sum = (sum + number) % Modulus));
        return Words.Worked(Words.Thoughts(thoughts), [Words.Text(sum)]);
    }

    /// <summary>One residue of 97 is right.</summary>
    public double? GuessChance(Problem problem) => Read(problem) is null ? null : 1.0 / Modulus;

    private int[]? Read(Problem problem) =>
        Words.QuestionOf(problem.Prompt) is { } question && question.Length == _terms ? Words.Numbers(question, Modulus) : null;
}
