using Softly.Tasks;

namespace Softly.Cli.Benches;

/// <summary>
/// Prompts of exactly so many random words, and rewards from 0 to 1 that a hash of the answer decides: groups have spread,
/// nothing is learned, and the same seed gives the same work.
/// </summary>
/// <param name="words">The vocabulary's size; words are w0, w1, …</param>
/// <param name="promptTokens">Words of every prompt.</param>
/// <param name="seed">Of prompts and rewards.</param>
internal sealed class RandomTask(int words, int promptTokens, ulong seed) : ITask
{
    public string Name => "random-words";
    public string Description => "random words, rewarded at random";
    public IReadOnlyList<string>? Vocabulary { get; } = [.. Enumerable.Range(0, words).Select(i => $"w{i}")];
    public string? ThinkEnd => null;
    public int? CompletionLength => null;

    /// <summary>Called at every grade: a step's rollouts are drawn by then, and its update has not begun.</summary>
    public Action? Grading { get; set; }

    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
        [.. Enumerable.Range(0, count).Select(i => new Problem($"{split}-{i}", Prompt($"{split} {i}"), ""))];

    public Grade Grade(Problem problem, string completion)
    {
        Grading?.Invoke();
        return new Grade(StableHash.Of(problem.Id + completion, seed) / (double)ulong.MaxValue, Verdict.Right, "by its hash");
    }

    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    public double? GuessChance(Problem problem) => null;

    private string Prompt(string name) => string.Join(' ', Enumerable.Range(0, promptTokens)
        .Select(i => Vocabulary![(int)(StableHash.Of($"{name} {i}", seed) % (ulong)words)]));
}
