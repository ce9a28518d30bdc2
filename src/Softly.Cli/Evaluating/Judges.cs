using Softly.Tasks;

namespace Softly.Cli.Evaluating;

/// <summary>Graders by name, those included that need more than a text.</summary>
internal static class Judges
{
    /// <summary>A grader that can judge here and now: what it needs is tried before anything is sampled.</summary>
    /// <exception cref="UserError">There is no such grader.</exception>
    /// <exception cref="Sandbox.SandboxUnavailableException">It runs programs, and the sandbox does not work here.</exception>
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
