using Softly.Models;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Tests;

/// <summary>Reward 1 when one word of the answer is one of a set: the simplest thing that can be learned.</summary>
/// <param name="lucky">The words.</param>
/// <param name="last">True looks at the answer's last word, false at its first.</param>
internal sealed class LuckyWord(string[] lucky, bool last = false) : ITask
{
    public string Name => "lucky-word";
    public string Description => "says a lucky word";
    public IReadOnlyList<string>? Vocabulary => null;
    public string? ThinkEnd => null;
    public int? CompletionLength => 3;

    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
        [.. Enumerable.Range(0, count).Select(i => new Problem($"p{i}", $"{3 + i % 5} {9 - i % 4}", ""))];

    public Grade Grade(Problem problem, string completion) => lucky.Contains(completion.Split(' ')[last ? ^1 : 0])
        ? new Grade(1, Verdict.Right, "lucky")
        : new Grade(0, Verdict.Wrong, "unlucky");

    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    public double? GuessChance(Problem problem) => null;

    /// <summary>The problem's numbers as tokens.</summary>
    public static Prompt Render(Problem problem) =>
        new(problem, [.. problem.Prompt.Split(' ').Select(w => MixtureRow.Token(int.Parse(w)))]);
}
