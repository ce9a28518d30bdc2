using System.CommandLine;
using System.Text.Json;
using Softly.Cli.Tokens;
using Softly.Tokenization;

namespace Softly.Cli.Commands;

/// <summary><c>softly template</c></summary>
internal static class TemplateCommand
{
    public static Command Make()
    {
        var model = Common.Tokenizer();
        var file = new Option<string?>("--template") { Description = "a .jinja file instead of the model's own template" };
        var message = new Option<string[]>("--message", "-m") { Description = "a turn as role:text, may be repeated" };
        var messages = new Option<string?>("--messages") { Description = "a JSON file with a list of turns" };
        var table = Common.Table();
        var only = new Option<string?>("--only")
        {
            Description = "of the table, the rows whose template has this name [default: those whose templates/NAME.jinja beside "
                + "the table is the template]",
        };
        var bare = new Option<bool>("--no-generation-prompt") { Description = "end with the last turn" };
        var tools = new Option<string?>("--tools") { Description = "a JSON file with a list of tools" };
        var set = new Option<string[]>("--set")
        {
            Description = "a variable of the template as key=value, JSON or text, may be repeated, such as enable_thinking=false"
        };
        var ids = new Option<bool>("--ids") { Description = "the tokens as well" };
        var special = new Option<bool>("--special") { Description = "with --ids, what the tokenizer puts around every text" };
        var json = Common.Json();
        var command = new Command(
            "template",
            "Show a conversation as the model reads it, or check a table of right renderings. " + TableReport.ExitCodes)
        {
            model, file, message, messages, table, only, bare, tools, set, ids, special, json
        }.WithExamples(
            "softly template --model Qwen/Qwen3-0.6B -m \"system:Be brief.\" -m \"user:2+2?\" --set enable_thinking=false",
            "softly template --model model.gguf --messages talk.json --tools tools.json --ids",
            "softly template --template llama3_2.jinja --table chat.jsonl");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var (source, path, rows) = (parsed.GetValue(model), parsed.GetValue(file), parsed.GetValue(table));
            if (source is null && path is null) throw new UserError("expected --model or --template FILE.jinja");
            var tokenizer = source is null ? null : TokenizerSource.Load(source);
            var template = path is null ? tokenizer!.Template : TemplateFile.Read(path, tokenizer);
            if (rows is not null)
            {
                Common.RefuseWithTable(parsed, message, messages, bare, tools, set, ids, special);
                var name = parsed.GetValue(only) ?? Path.GetFileNameWithoutExtension(path);
                var isOurs = name is not null ? n => n == name : OwnTemplate.Of(rows, source!, template);
                return TableReport.Show(reporter, rows, new TableCheck(rows, tokenizer, template, isOurs).Run());
            }
            if (parsed.GetResult(only) is not null)
                throw new UserError("--only chooses rows of a table: give --table FILE.jsonl");
            if (template is null)
                throw new UserError($"{source}: the model has no chat template; give one with --template FILE.jinja");
            var variables = Variables(parsed.GetValue(set) ?? []);
            if (parsed.GetValue(tools) is { } list) variables["tools"] = Json(list, "a list of tools");
            variables["messages"] = Turns(parsed.GetValue(message) ?? [], parsed.GetValue(messages));
            var text = template.Render([], !parsed.GetValue(bare), variables);
            Show(reporter, tokenizer, text, parsed.GetValue(ids), parsed.GetValue(special));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Show(Reporter reporter, Tokenizer? tokenizer, string text, bool ids, bool special)
    {
        int[]? tokens = null;
        if (ids) tokens = (tokenizer ?? throw new UserError("--ids needs a tokenizer: give --model")).Encode(text, special);
        if (tokens is not null) TokenList.Warn(tokenizer!, tokens);
        reporter.Record(new { text, ids = tokens });
        if (reporter.Json) return;
        reporter.Say(text);
        if (tokens is not null) TokenList.Show(reporter, tokenizer!, tokens);
    }

    private static object Turns(string[] given, string? file)
    {
        if (given.Length > 0 == file is not null)
            throw new UserError(
                "expected one conversation: --message role:text (repeated), --messages FILE.json or --table FILE.jsonl");
        if (file is not null) return Json(file, "a list of turns");
        return given.Select(turn =>
        {
            var at = turn.IndexOf(':');
            return at > 0 && turn[..at].All(c => char.IsAsciiLetterOrDigit(c) || c is '_' or '-')
                ? new Dictionary<string, object?> { ["role"] = turn[..at], ["content"] = turn[(at + 1)..] }
                : throw new UserError($"--message '{turn}': expected role:text, such as \"user:What is 2+2?\"");
        }).ToList();
    }

    /// <summary>A value that is JSON is what it says; any other is a text.</summary>
    private static Dictionary<string, object?> Variables(string[] settings)
    {
        var variables = new Dictionary<string, object?>();
        foreach (var setting in settings)
        {
            var at = setting.IndexOf('=');
            if (at <= 0) throw new UserError($"--set '{setting}': expected key=value, such as enable_thinking=false");
            try
            {
                variables[setting[..at]] = JsonDocument.Parse(setting[(at + 1)..]).RootElement;
            }
            catch (JsonException)
            {
                variables[setting[..at]] = setting[(at + 1)..];
            }
        }
        return variables;
    }

    private static JsonElement Json(string path, string what)
    {
        if (!File.Exists(path)) throw new UserError($"{path}: there is no such file; expected {what} in JSON");
        try
        {
            var root = JsonDocument.Parse(File.ReadAllText(path)).RootElement;
            return root.ValueKind == JsonValueKind.Array ? root : throw new UserError($"{path}: expected {what} in JSON");
        }
        catch (JsonException e)
        {
            throw new UserError($"{path}: line {(e.LineNumber ?? 0) + 1}: not JSON; expected {what}");
        }
    }
}
