namespace Softly.Tasks;

/// <summary>
/// A diagnostic of entropy, not of reasoning. A prompt has five digits; one of three recurrences over them is the right one for
/// this problem, hidden, and nothing in the prompt tells which: A with probability 0.6, B with 0.3, C with 0.1. The model names a
/// strategy, works it out digit by digit and repeats both: <c>S r1 r2 r3 r4 r5 &gt; S r5</c>.
/// </summary>
/// <remarks>
/// <para>
/// With r₀ = 0, digit i gives rᵢ = rᵢ₋₁ + dᵢ (A), rᵢ₋₁ − dᵢ (B) or 3·rᵢ₋₁ + dᵢ (C), modulo 10. Only strategy and r₅ of the answer
/// are judged.
/// </para>
/// <para>
/// A policy that plays A, B, C with (qₐ, q_b, q_c) without mistakes reaches Σ pₛ (1 − (1 − qₛ)ᵏ) at pass@k. Always A: 0.6 at
/// every k, the best pass@1 there is. Played as often as they are right (0.6, 0.3, 0.1): 0.46, 0.85, 0.98, 0.997 at k = 1, 4, 16,
/// 32. Between the two lies a frontier (<see cref="PassAt"/>): a method can move along it, none can leave it upwards, so a single
/// k says nothing.
/// </para>
/// </remarks>
public sealed class HiddenStrategy : ITask
{
    private const int Digits = 5;
    private static readonly string[] Strategies = ["A", "B", "C"];
    private static readonly string[] AllWords =
        [.. Words.Common, .. Strategies, .. Enumerable.Range(0, 10).Select(d => Words.Text(d))];
    private static readonly Lazy<ILookup<Split, Problem>> All =
        new(() => Enumerable.Range(0, 100_000).Select(Make).ToLookup(p => HeldOut.SplitOf(p.Id)));

    /// <summary>How often A, B and C are the right one.</summary>
    public static IReadOnlyList<double> Shares { get; } = [0.6, 0.3, 0.1];

    /// <inheritdoc />
    public string Name => "hidden-strategy";

    /// <inheritdoc />
    public string Description =>
        "guess which of three recurrences is meant (0.6, 0.3, 0.1) and work it out: shows what becomes of entropy";

    /// <inheritdoc />
    public IReadOnlyList<string> Vocabulary => AllWords;

    /// <inheritdoc />
    public string ThinkEnd => Words.Think;

    /// <summary>Strategy and five digits, the marker, strategy and digit, the end word: 10.</summary>
    public int? CompletionLength => 1 + Digits + 1 + 2 + 1;

    /// <summary>What a policy that plays the strategies with these probabilities, without mistakes, reaches at pass@k.</summary>
    /// <param name="k">Samples.</param>
    /// <param name="policy">Probabilities of A, B and C.</param>
    public static double PassAt(int k, IReadOnlyList<double> policy) =>
        Shares.Select((share, s) => share * (1 - Math.Pow(1 - policy[s], k))).Sum();

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) => HeldOut.Some(All.Value[split], count, seed);

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion)
    {
        if (Read(problem) is not { } digits) return Words.Foreign;
        if (Words.AnswerOf(completion) is not { } answer) return new Grade(0, Verdict.NoAnswer, "no '>' before the end");
        var text = string.Join(' ', answer);
        if (answer.Length != 2 || Array.IndexOf(Strategies, answer[0]) is not (>= 0 and var chosen)
            || Words.Number(answer[1], 10) is not { } given)
            return new Grade(0, Verdict.Unparsable, "an answer is a strategy and a digit", text);
        var value = Trace(digits, chosen)[^1];
        if (given != value) return new Grade(0, Verdict.Wrong, $"{answer[0]} gives {value}, not {given}", text);
        return chosen == Hidden(digits)
            ? new Grade(1, Verdict.Right, $"{answer[0]} was meant and gives {value}", text)
            : new Grade(0, Verdict.Wrong, $"{answer[0]} was not meant", text);
    }

    /// <summary>
    /// The hidden strategy worked out: over many problems a model learns to play all three as often as they are right.
    /// </summary>
    public Demonstration? Demonstrate(Problem problem, Random random)
    {
        if (Read(problem) is not { } digits) return null;
        var strategy = Hidden(digits);
        var trace = Trace(digits, strategy);
        var name = Strategies[strategy];
        return Words.Worked(Words.Thoughts([name, .. trace.Select(r => Words.Text(r))]), [name, Words.Text(trace[^1])]);
    }

    /// <summary>Three strategies times ten digits can be answered, and one of these thirty is right.</summary>
    public double? GuessChance(Problem problem) => Read(problem) is null ? null : 1.0 / (Strategies.Length * 10);

    private static Problem Make(int number)
    {
        var digits = number.ToString("D5").Select(c => c - '0').ToArray();
        var prompt = string.Join(' ', digits);
        var strategy = Hidden(digits);
        var answer = $"{Strategies[strategy]} {Trace(digits, strategy)[^1]}";
        return new Problem($"hidden-strategy/{number:D5}", $"{prompt} {Words.Ask}", answer);
    }

    private static int[]? Read(Problem problem) =>
        Words.QuestionOf(problem.Prompt) is { Length: Digits } question ? Words.Numbers(question, 10) : null;

    /// <summary>
    /// The digits' hash decides, so the right one is fixed for a problem and tells nothing about its neighbours'.
    /// </summary>
    private static int Hidden(int[] digits)
    {
        var u = (StableHash.Of("strategy " + string.Join(' ', digits)) >> 11) * Math.Pow(2, -53);
        return u < Shares[0] ? 0 : u < Shares[0] + Shares[1] ? 1 : 2;
    }

    private static int[] Trace(int[] digits, int strategy)
    {
        var trace = new int[Digits];
        for (int i = 0, r = 0; i < Digits; i++)
            trace[i] = r = strategy switch { 0 => r + digits[i], 1 => r + 10 - digits[i], _ => 3 * r + digits[i] } % 10;
        return trace;
    }
}
