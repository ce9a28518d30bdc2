using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>Graders by name, those included that need more than a text.</summary>
internal static class Judges
{
    /// <summary>A grader that can judge here and now.</summary>
    /// <exception cref="UserError">There is no such grader, or what it needs is missing.</exception>
    public static IGrader Find(string name)
    {
        try
        {
            return GraderChoice.Judge(name) ?? Graders.Find(name);
        }
        catch (ArgumentException e)
        {
            throw new UserError(e.Message);
        }
    }
}
