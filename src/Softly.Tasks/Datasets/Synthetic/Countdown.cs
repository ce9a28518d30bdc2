using System.Collections.Concurrent;

namespace Softly.Tasks;

/// <summary>
/// Countdown: reach the target from left to right with +, − and ×, every number used once. The trace works the chain out
/// (<c>a op b r op c</c>), then <c>&gt;</c> and the chain; only what stands between the first <c>&gt;</c> and <c>&lt;end&gt;</c>
/// is judged.
/// </summary>
/// <remarks>
/// Targets lie in 10–99 and intermediate results in 0–99. One number multiset in fourteen belongs to the test split, with all its
/// targets: training never sees it.
/// </remarks>
/// <param name="numbers">3 or 4 numbers a problem.</param>
/// <param name="largest">The largest number; 15 for three numbers and 9 for four where it is 0.</param>
public sealed class Countdown(int numbers, int largest = 0) : ITask
{
    private const int TestShare = 14;
    private static readonly char[] Operations = ['+', '-', '*'];
    private static readonly string[] AllWords =
        [.. Words.Common, "+", "-", "*", .. Enumerable.Range(0, 100).Select(n => Words.Text(n))];

    private readonly int _largest = largest > 0 ? largest : numbers == 3 ? 15 : 9;
    private readonly ConcurrentDictionary<string, Lazy<ILookup<int, Chain>>> _chains = new();
    private ILookup<Split, Problem>? _all;

    /// <summary>The task with three numbers.</summary>
    public Countdown() : this(3) { }

    /// <inheritdoc />
    public string Name { get; } = numbers is 3 or 4
        ? $"countdown-{numbers}"
        : throw new ArgumentOutOfRangeException(nameof(numbers), numbers, "Countdown is played with 3 or 4 numbers");

    /// <inheritdoc />
    public string Description { get; } = $"reach a target from {numbers} numbers with +, − and × from left to right";

    /// <inheritdoc />
    public IReadOnlyList<string> Vocabulary => AllWords;

    /// <inheritdoc />
    public string ThinkEnd => Words.Think;

    /// <summary>Thoughts a op b r …, the marker, the chain and the end word: 14 for three numbers, 19 for four.</summary>
    public int? CompletionLength { get; } = 3 + 3 * (numbers - 2) + 1 + (2 * numbers - 1) + 1;

    /// <inheritdoc />
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
        HeldOut.Some(LazyInitializer.EnsureInitialized(ref _all, MakeAll)[split], count, seed);

    /// <summary>The numbers, whatever their order and the target.</summary>
    public string ContentOf(Problem problem) =>
        Read(problem) is var (given, _) ? string.Join(' ', given.Order()) : problem.Prompt;

    /// <inheritdoc />
    public Grade Grade(Problem problem, string completion)
    {
        if (Read(problem) is not var (given, target)) return Words.Foreign;
        if (Words.AnswerOf(completion) is not { } answer) return new Grade(0, Verdict.NoAnswer, "no '>' before the end");
        var text = string.Join(' ', answer);
        if (answer.Length != 2 * given.Length - 1)
            return new Grade(0, Verdict.Unparsable, $"a chain of {given.Length} numbers has {2 * given.Length - 1} words", text);
        var used = new int[given.Length];
        long value = 0;
        for (var i = 0; i < answer.Length; i++)
        {
            if (i % 2 == 1)
            {
                if (answer[i] is not ("+" or "-" or "*"))
                    return new Grade(0, Verdict.Unparsable, $"'{answer[i]}' stands where an operation should", text);
                continue;
            }
            if (Words.Number(answer[i], 100) is not { } number)
                return new Grade(0, Verdict.Unparsable, $"'{answer[i]}' stands where a number should", text);
            used[i / 2] = number;
            value = i == 0 ? used[0] : Apply(value, answer[i - 1][0], used[i / 2]);
        }
        if (!used.Order().SequenceEqual(given.Order())) return new Grade(0, Verdict.Wrong, "not the given numbers", text);
        return value == target
            ? new Grade(1, Verdict.Right, $"gives {target}", text)
            : new Grade(0, Verdict.Wrong, $"gives {value}, not {target}", text);
    }

    /// <inheritdoc />
    public Demonstration? Demonstrate(Problem problem, Random random)
    {
        if (Read(problem) is not var (given, target)) return null;
        var solutions = ChainsOf(given)[target].ToArray();
        if (solutions.Length == 0) return null;
        var chain = solutions[random.Next(solutions.Length)];
        List<string> thoughts = [Words.Text(chain.Numbers[0])], answer = [Words.Text(chain.Numbers[0])];
        long value = chain.Numbers[0];
        for (var i = 1; i < chain.Numbers.Length; i++)
        {
            string[] move = [chain.Operations[i - 1].ToString(), Words.Text(chain.Numbers[i])];
            thoughts.AddRange(move);
            answer.AddRange(move);
            value = Apply(value, chain.Operations[i - 1], chain.Numbers[i]);
            if (i < chain.Numbers.Length - 1) thoughts.Add(Words.Text(value));
        }
        return Words.Worked(Words.Thoughts(thoughts), answer);
    }

    /// <summary>The share of all chains (orders of the numbers times operations) that hit the target.</summary>
    public double? GuessChance(Problem problem)
    {
        if (Read(problem) is not var (given, target)) return null;
        var orders = Permutations(given).ToArray();
        double hits = 0, all = 0;
        foreach (var order in orders)
            foreach (var operations in Choices(given.Length - 1))
            {
                all++;
                if (Value(order, operations) == target) hits++;
            }
        return hits / all;
    }

    /// <summary>
    /// How many distinct chains with intermediates in 0–99 reach the target: what a demonstration chooses among.
    /// </summary>
    public int Solutions(Problem problem) => Read(problem) is var (given, target) ? ChainsOf(given)[target].Count() : 0;

    private ILookup<Split, Problem> MakeAll()
    {
        var all = new List<(Split Split, Problem Problem)>();
        foreach (var multiset in Multisets(numbers, 1, _largest))
        {
            var key = string.Join(' ', multiset);
            var split = StableHash.Of("countdown " + key) % TestShare == 0 ? Split.Test : Split.Train;
            foreach (var target in ChainsOf(multiset).Select(g => g.Key).Where(t => t is >= 10 and <= 99).Order())
                all.Add((split, new Problem($"{Name}/{key}={target}", $"{key} {target} {Words.Ask}", Words.Text(target))));
        }
        return all.ToLookup(p => p.Split, p => p.Problem);
    }

    private sealed record Chain(int[] Numbers, char[] Operations);

    /// <summary>All distinct chains of some numbers by what they give, intermediates in 0–99.</summary>
    private ILookup<int, Chain> ChainsOf(int[] given)
    {
        var sorted = given.Order().ToArray();
        return _chains.GetOrAdd(string.Join(' ', sorted), _ => new Lazy<ILookup<int, Chain>>(() => (
            from order in Permutations(sorted).DistinctBy(o => string.Join(' ', o))
            from operations in Choices(sorted.Length - 1)
            let value = Bounded(order, operations)
            where value is not null
            select (Value: (int)value.Value, Chain: new Chain(order, operations))).ToLookup(x => x.Value, x => x.Chain))).Value;
    }

    private static long Value(int[] order, char[] operations)
    {
        long value = order[0];
        for (var i = 1; i < order.Length; i++) value = Apply(value, operations[i - 1], order[i]);
        return value;
    }

    private static long? Bounded(int[] order, char[] operations)
    {
        long value = order[0];
        for (var i = 1; i < order.Length; i++)
        {
            value = Apply(value, operations[i - 1], order[i]);
            if (value is < 0 or > 99) return null;
        }
        return value;
    }

    private static long Apply(long a, char operation, long b) => operation switch { '+' => a + b, '-' => a - b, _ => a * b };

    private (int[] Numbers, int Target)? Read(Problem problem) =>
        Words.QuestionOf(problem.Prompt) is { } question && question.Length == numbers + 1
            && Words.Numbers(question, 100) is [.. var given, var target]
            ? (given, target) : null;

    private static IEnumerable<int[]> Multisets(int count, int from, int to) => count == 0 ? [[]]
        : Enumerable.Range(from, to - from + 1).SelectMany(first =>
            Multisets(count - 1, first, to).Select(rest => (int[])[first, .. rest]));

    private static IEnumerable<int[]> Permutations(int[] items) => items.Length == 0 ? [[]]
        : Enumerable.Range(0, items.Length).SelectMany(i =>
            Permutations([.. items[..i], .. items[(i + 1)..]]).Select(rest => (int[])[items[i], .. rest]));

    private static IEnumerable<char[]> Choices(int count) =>
        count == 0 ? [[]] : Choices(count - 1).SelectMany(head => Operations.Select(o => (char[])[.. head, o]));
}
