using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.Runtime.CompilerServices;

namespace Softly.Cli.Commands;

/// <summary>Examples at the end of a command's <c>--help</c>.</summary>
internal static class Examples
{
    private static readonly ConditionalWeakTable<Command, string[]> Known = [];

    /// <summary>Adds examples to a command.</summary>
    public static T WithExamples<T>(this T command, params string[] lines) where T : Command
    {
        Known.Add(command, lines);
        return command;
    }

    /// <summary>Makes the root's help option print them, and a closing line under the root's own help.</summary>
    public static void Install(RootCommand root, string closing)
    {
        var help = root.Options.OfType<HelpOption>().Single();
        help.Action = new Shown((SynchronousCommandLineAction)help.Action!, root, closing);
    }

    private sealed class Shown(SynchronousCommandLineAction inner, Command root, string closing) : SynchronousCommandLineAction
    {
        public override int Invoke(ParseResult parsed)
        {
            var code = inner.Invoke(parsed);
            var command = parsed.CommandResult.Command;
            var output = parsed.InvocationConfiguration.Output;
            if (Known.TryGetValue(command, out var lines))
            {
                output.WriteLine(lines.Length == 1 ? "Example:" : "Examples:");
                foreach (var line in lines) output.WriteLine("  " + line);
                output.WriteLine();
            }
            if (command == root) output.WriteLine(closing);
            return code;
        }
    }
}
