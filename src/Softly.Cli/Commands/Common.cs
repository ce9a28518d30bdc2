using System.CommandLine;

namespace Softly.Cli.Commands;

/// <summary>Options that several commands share.</summary>
internal static class Common
{
    public static Option<bool> Json() => new("--json") { Description = "one JSON object a line, for programs" };

    public static Option<string?> Tokenizer() => new("--model")
    {
        Description = "a folder with tokenizer.json (weights need not be there), a .gguf file, a run's folder, or org/name"
    };

    public static Option<string?> Table() => new("--table")
    {
        Description = "a file of right answers, one JSON object a line: text and ids, ids and decoded, or messages and rendered"
    };

    public static Argument<string[]> Changes() =>
        new("key=value") { Description = "changes to the recipe (see: softly train --keys)", Arity = ArgumentArity.ZeroOrMore };
}
