using Softly.Tasks;

namespace Softly.Sandbox;

/// <summary>Files of programming problems, read without a sandbox.</summary>
public static class ProgrammingProblems
{
    /// <summary>All problems of a file, their tests in <see cref="Problem.Fields"/>, their reference solution as the answer.</summary>
    /// <exception cref="DatasetException">The file cannot be read, or its records are no programming problems.</exception>
    public static IReadOnlyList<Problem> Read(string path) =>
        JsonLinesTask.Open(new JsonLinesOptions { TestPath = path, Judge = new Reader() }).Problems(Split.Test, int.MaxValue, 0);

    /// <summary>Has the columns of the grader and judges nothing.</summary>
    private sealed class Reader : IGrader
    {
        public string Name => CodeGrader.Known;
        public string PromptSuffix => "";
        public IReadOnlyList<string> Columns => CodeProblem.Columns;
        public Grade Grade(string answer, string completion) =>
            throw new NotSupportedException("these problems were read without a sandbox");
    }
}
