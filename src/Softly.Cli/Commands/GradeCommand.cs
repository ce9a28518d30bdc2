using System.CommandLine;
using System.Diagnostics;
using System.Text.Json;
using Softly.Cli.Grading;
using Softly.Tasks;
using Softly.Tasks.Mathematics;

namespace Softly.Cli.Commands;

/// <summary><c>softly grade</c></summary>
internal static class GradeCommand
{
    public static Command Make()
    {
        var gold = new Option<string?>("--gold") { Description = "the reference answer" };
        var answer = new Option<string?>("--answer")
        {
            Description = "an answer that is already cut out; graders of mathematics only"
        };
        var response = new Option<string?>("--response")
        {
            Description = "a file with a whole output, in which the answer is found first; '-' reads standard input"
        };
        var name = new Option<string>("--grader")
        {
            Description = $"who judges: {string.Join(", ", Graders.Names)}", DefaultValueFactory = _ => "math"
        };
        var options = new Option<string[]>("--option")
        {
            Description = $"what counts as the same answer, as name=value: {string.Join(", ", MathOptions.Names)}",
            Arity = ArgumentArity.OneOrMore
        };
        var explain = new Option<bool>("--explain")
        {
            Description = "show what was taken as the answer and where, how both were read, what decided, and the time"
        };
        var table = new Option<string?>("--table")
        {
            Description = "a file of right verdicts, one JSON object a line: kind, gold, pred and expected; latex and points; "
                + "or text and box"
        };
        var json = Common.Json();
        var command = new Command(
            "grade",
            "Judge an answer as training and evaluation do, or check a table of right verdicts. With --table the exit code is 1 "
                + "where a core case is wrong; of values and boxes, where any is.")
        {
            gold, answer, response, name, options, explain, table, json
        }.WithExamples(
            "softly grade --gold '\\frac12' --answer 0.5 --explain",
            "softly grade --gold 42 --response output.txt --grader hendrycks",
            "softly grade --gold '25\\%' --answer 25 --option percent_sign_optional=true",
            "softly grade --table math_cases.jsonl");
        command.SetAction((parsed, cancel) =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var grader = Configured(Graders.Find(parsed.GetValue(name)!), parsed.GetValue(options) ?? []);
            if (parsed.GetValue(table) is { } path)
            {
                Refuse(parsed, gold, answer, response, explain);
                return Task.FromResult(
                    GradeTableReport.Show(reporter, path, GradeTable.Run(path, GradeTable.Kinds(grader), reporter, cancel)));
            }
            if (parsed.GetValue(gold) is not { } wanted)
                throw new UserError("expected --gold and --answer or --response, or --table FILE.jsonl");
            var (cut, file) = (parsed.GetValue(answer), parsed.GetValue(response));
            if ((cut is null) == (file is null)) throw new UserError("expected one of --answer TEXT and --response FILE");
            var judged = cut is not null
                ? GradeExplanation.OfAnswer(grader, wanted, cut)
                : GradeExplanation.OfResponse(grader, wanted, file == "-" ? Console.In.ReadToEnd() : Text(file!));
            judged.Show(reporter, parsed.GetValue(explain));
            return Task.FromResult(ExitCode.Ok);
        });
        return command;
    }

    private static IGrader Configured(IGrader grader, string[] changes)
    {
        if (changes.Length == 0) return grader;
        if (grader is not MathGrader math)
            throw new UserError($"--option: the grader '{grader.Name}' has no options; they belong to math and math-strict");
        var options = math.Options;
        foreach (var change in changes)
        {
            if (change.Split('=', 2) is not [var name, var value])
                throw new UserError($"--option: '{change}' is no name=value, such as percent_sign_optional=true");
            options = options.With(name.Replace('-', '_'), Value(change, value));
        }
        return new MathGrader(math.Name, options);
    }

    private static JsonElement Value(string change, string value)
    {
        try
        {
            using var document = JsonDocument.Parse(value);
            return document.RootElement.Clone();
        }
        catch (JsonException)
        {
            throw new UserError($"--option: '{change}' needs a number, true or false behind its '='");
        }
    }

    private static string Text(string file)
    {
        return File.Exists(file) ? File.ReadAllText(file)
            : throw new UserError($"{file}: there is no such file; --response names one, or '-' for standard input");
    }

    private static void Refuse(ParseResult parsed, params Option[] options)
    {
        if (options.FirstOrDefault(option => parsed.GetResult(option) is { Implicit: false }) is { } given)
            throw new UserError($"{given.Name}: with --table every row says itself what is judged; leave one of them out");
    }
}
