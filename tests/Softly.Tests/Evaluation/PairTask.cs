using Softly.Models;
using Softly.Rollouts;
using Softly.Tasks;

namespace Softly.Tests.Evaluation;

/// <summary>
/// The smallest task whose answer is a set: the prompt has two of the words 3 … 26, the thought should hold both, and the
/// answer is the two of them, the smaller first; or either of them, where one is enough. Words are token numbers.
/// </summary>
internal sealed class PairTask(bool oneIsEnough = false) : ITask
{
    public const int Vocabulary = 27, First = 3, End = 1, Mark = 2;

    public string Name => "pair";
    public string Description => "two words";
    IReadOnlyList<string>? ITask.Vocabulary => null;
    public string? ThinkEnd => "2";
    public int? CompletionLength => 5;

    /// <summary>Every pair of words, each a problem.</summary>
    public IReadOnlyList<Problem> Problems(Split split, int count, ulong seed) =>
    [
        .. from x in Enumerable.Range(First, Vocabulary - First)
           from y in Enumerable.Range(x + 1, Vocabulary - x - 1)
           select new Problem($"{x}-{y}", $"{x} {y}", $"{x} {y}"),
    ];

    public IReadOnlyList<Prompt> Prompts(int count)
    {
        // Spread over all pairs, so that neighbours share no word.
        var all = Problems(Split.Test, 0, 0);
        return [.. Enumerable.Range(0, count).Select(i => all[i * 101 % all.Count]).Select(p =>
            new Prompt(p, [.. p.Prompt.Split(' ').Select(w => MixtureRow.Token(int.Parse(w)))]))];
    }

    public Grade Grade(Problem problem, string completion)
    {
        Assert.StartsWith("2", completion, StringComparison.Ordinal); // the mark, and no thought before it
        var answer = completion.Length > 2 ? completion[2..] : "";
        var right = oneIsEnough ? problem.Answer.Split(' ').Contains(answer.Split(' ')[0]) : answer == problem.Answer;
        return new Grade(right ? 1 : 0, right ? Verdict.Right : Verdict.Wrong, "", answer);
    }

    public Demonstration? Demonstrate(Problem problem, Random random) => null;

    public double? GuessChance(Problem problem) => null;

    public IReadOnlyList<IReadOnlyList<string>>? ThoughtSets(Problem problem) => [[], [.. problem.Answer.Split(' ')]];

    /// <summary>Candidates are the pair and, as wrong ones, every other word.</summary>
    public ProblemGraph? GraphOf(Problem problem)
    {
        string[] words = [.. Enumerable.Range(First, Vocabulary - First).Select(w => $"{w}")];
        var pair = problem.Answer.Split(' ');
        return new ProblemGraph(["r", .. words], [("r", pair[0]), ("r", pair[1])], "r", [words]);
    }
}
