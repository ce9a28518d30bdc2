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

    /// <summary>Refuses options that a table's rows answer themselves: they would change nothing.</summary>
    /// <exception cref="UserError">One is given.</exception>
    public static void RefuseWithTable(ParseResult parsed, params Option[] options)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
            throw new UserError(
                $"{given.Name}: with --table every row says itself what is encoded or rendered; leave one of them out");
    }

    public static Argument<string[]> Changes() =>
        new("key=value") { Description = "changes to the recipe (see: softly train --keys)", Arity = ArgumentArity.ZeroOrMore };
}
