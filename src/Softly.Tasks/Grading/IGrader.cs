namespace Softly.Tasks;

/// <summary>
/// Judges completions in natural language against a reference answer. Grading never throws and never hangs: whatever the texts
/// hold, there is a grade, in time linear in their lengths.
/// </summary>
public interface IGrader
{
    /// <summary>The name a recipe uses.</summary>
    string Name { get; }

    /// <summary>What is put behind a question so that answers come in the form this grader reads; begins with a blank.</summary>
    string PromptSuffix { get; }

    /// <summary>
    /// Columns of a record that this grader reads besides the answer: they are kept whole in <see cref="Problem.Fields"/>, lists
    /// as JSON.
    /// </summary>
    IReadOnlyList<string> Columns => [];

    /// <summary>What is put behind the question of one problem; <see cref="PromptSuffix"/> where all have the same.</summary>
    /// <exception cref="DatasetException">The record lacks what this grader needs; the message names it.</exception>
    string SuffixOf(Problem problem) => PromptSuffix;

    /// <summary>Judges a whole completion, thoughts included.</summary>
    /// <param name="answer">The reference answer.</param>
    /// <param name="completion">What the model wrote.</param>
    Grade Grade(string answer, string completion);

    /// <summary>The same with the whole problem at hand, for graders that need more of it than the answer.</summary>
    Grade Grade(Problem problem, string completion) => Grade(problem.Answer, completion);

    /// <summary>Judges several completions of one problem; side by side, where one takes long.</summary>
    IReadOnlyList<Grade> GradeAll(Problem problem, IReadOnlyList<string> completions) =>
        [.. completions.Select(completion => Grade(problem, completion))];

    /// <summary>
    /// Whether two answers, as <see cref="Tasks.Grade.Extracted"/> has them, are one: what majority votes count together.
    /// </summary>
    bool Same(string a, string b) => a == b;
}
