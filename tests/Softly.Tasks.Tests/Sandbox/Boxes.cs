using System.Collections.Concurrent;
using Softly.Sandbox;
using Softly.Tasks;

namespace Softly.Tests.Sandbox;

/// <summary>Tests that look at processes and memory, or whose time is limited, run alone.</summary>
[CollectionDefinition(nameof(OneSandboxAtATime), DisableParallelization = true)]
public sealed class OneSandboxAtATime;

/// <summary>The sandboxes that work here, opened once; a test that needs another is skipped, with the reason.</summary>
internal static class Boxes
{
    private static readonly ConcurrentDictionary<string, Lazy<(ICodeSandbox? Box, string? Why)>> Opened = new();

    public static ICodeSandbox Need(string name)
    {
        var (box, why) = Opened.GetOrAdd(name, n => new(() =>
        {
            try
            {
                return (Sandboxes.Open(n), null);
            }
            catch (SandboxUnavailableException e)
            {
                return (null, e.Message);
            }
        })).Value;
        Assert.SkipWhen(box is null, $"{name}: {why}");
        return box!;
    }

    /// <summary>Runs a program that is asked for f.</summary>
    public static CodeRun Run(string box, string program, string[] asserts, TimeSpan? wall = null)
    {
        var sandbox = Need(box);
        var limits = sandbox.Limits with { Wall = wall ?? TimeSpan.FromSeconds(10) };
        return new ProgramJudge(sandbox, limits).Judge(new CodeProblem("f", null, asserts, [], ""), program);
    }
}
