namespace Softly.Tasks;

/// <summary>Which part of a task's problems is meant. The parts never share a problem.</summary>
public enum Split
{
    /// <summary>For warm start and training.</summary>
    Train,

    /// <summary>For reported numbers only; training never sees these.</summary>
    Test,
}

/// <summary>
/// Problems and how their answers are judged. Grading never throws and never hangs: whatever the completion holds, it
/// returns a grade. A task is immutable and may be used from several threads.
/// </summary>
public interface ITask
{
    /// <summary>The name a recipe uses, such as <c>countdown-3</c>.</summary>
    string Name { get; }

    /// <summary>One sentence for <c>--help</c> and reports.</summary>
    string Description { get; }

    /// <summary>
    /// The closed vocabulary of a symbolic task, in id order: texts are these words separated by blanks. Null for tasks in
    /// natural language, which bring no vocabulary of their own.
    /// </summary>
    IReadOnlyList<string>? Vocabulary { get; }

    /// <summary>
    /// The word or text that ends thinking and begins the answer; null where the task does not tell them apart.
    /// </summary>
    string? ThinkEnd { get; }

    /// <summary>
    /// The longest completion a right answer needs, in words of <see cref="Vocabulary"/>, with the end word; where there is none,
    /// an estimate in tokens; null where unknown.
    /// </summary>
    int? CompletionLength { get; }

    /// <summary>
    /// <paramref name="count"/> problems of a split, the same ones for the same arguments on every machine; all there are where
    /// the split is finite and smaller.
    /// </summary>
    IReadOnlyList<Problem> Problems(Split split, int count, ulong seed);

    /// <summary>
    /// What a problem is about: problems of one content belong together, also where some of the training problems are held back
    /// for choices (<see cref="Validation"/>). The prompt, where a task knows nothing coarser.
    /// </summary>
    string ContentOf(Problem problem) => problem.Prompt;

    /// <summary>Judges a completion (what the model wrote after the prompt).</summary>
    Grade Grade(Problem problem, string completion);

    /// <summary>Judges several completions of one problem; side by side, where one takes long.</summary>
    IReadOnlyList<Grade> GradeAll(Problem problem, IReadOnlyList<string> completions) =>
        [.. completions.Select(completion => Grade(problem, completion))];

    /// <summary>
    /// Whether two answers, as <see cref="Tasks.Grade.Extracted"/> has them, are one: what majority votes count together.
    /// </summary>
    bool SameAnswer(string a, string b) => a == b;

    /// <summary>A worked solution to learn from, drawn uniformly among the valid ones; null where the task has none.</summary>
    Demonstration? Demonstrate(Problem problem, Random random);

    /// <summary>
    /// Another question about the same thing: its prompt begins with the same words, and <see cref="ContentOf"/> is the same. The
    /// problem itself, where a task knows no other question.
    /// </summary>
    Problem Ask(Problem problem, Random random) => problem;

    /// <summary>
    /// The words that the thoughts of a worked solution may hold, thought by thought: what a mixture that carries a whole set
    /// should carry. Null where the task has no such sets, or the prompt is not one of it.
    /// </summary>
    IReadOnlyList<IReadOnlyList<string>>? ThoughtSets(Problem problem) => null;

    /// <summary>The problem as a picture; null where it has none.</summary>
    ProblemGraph? GraphOf(Problem problem) => null;

    /// <summary>
    /// The chance that a uniformly random legal answer is right: the guessing baseline behind pass@k curves, where
    /// guess@k = 1 − (1 − p)^k. Null where there is no natural set of legal answers.
    /// </summary>
    double? GuessChance(Problem problem);
}
