using System.CommandLine;

namespace Softly.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class Common
{
    public static Option<bool> Json() => new("--json") { Description = "one JSON object a line, for programs" };

    public static Argument<string[]> Changes() =>
        new("key=value") { Description = "changes to the recipe (see: softly train --keys)", Arity = ArgumentArity.ZeroOrMore };
}
