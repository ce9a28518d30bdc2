using System.CommandLine;
using System.Globalization;
using Softly.Cli.Tokens;
using Softly.Tokenization;

namespace Softly.Cli.Commands;

/// <summary><c>softly tokenize</c></summary>
internal static class TokenizeCommand
{
    public static Command Make()
    {
        var text = new Argument<string?>("TEXT")
        {
            Description = "what to encode; '-' reads it from standard input", Arity = ArgumentArity.ZeroOrOne
        };
        var model = Common.Tokenizer();
        model.Required = true;
        var decode = new Option<string?>("--decode") { Description = "ids to decode instead, such as \"9707 11 1879\"" };
        var table = Common.Table();
        var special = new Option<bool>("--special")
        {
            Description = "add what the tokenizer puts around every text; of ids, keep special tokens in the text"
        };
        var json = Common.Json();
        var command = new Command(
            "tokenize",
            "Show how a text becomes tokens or ids become text, or check a table of right answers. " + TableReport.ExitCodes)
        {
            text, model, decode, table, special, json
        }.WithExamples(
            "softly tokenize --model Qwen/Qwen3-0.6B \"Hello, world!\"",
            "softly tokenize --model model.gguf --decode \"9707 11 1879 0\"",
            "softly tokenize --model models/qwen3 --table encode_qwen3.jsonl");
        command.SetAction(parsed =>
        {
            var reporter = new Reporter(parsed.GetValue(json));
            var (given, ids, rows) = (parsed.GetValue(text), parsed.GetValue(decode), parsed.GetValue(table));
            if (new[] { given, ids, rows }.Count(x => x is not null) != 1)
                throw new UserError("expected one thing to do: a TEXT, --decode IDS or --table FILE.jsonl");
            if (rows is not null) Common.RefuseWithTable(parsed, special);
            var source = parsed.GetValue(model)!;
            var tokenizer = TokenizerSource.Load(source);
            if (rows is not null)
                return TableReport.Show(reporter, rows, new TableCheck(
                    rows, tokenizer, tokenizer.Template, OwnTemplate.Of(rows, source, tokenizer.Template)).Run());
            if (ids is not null) Decode(reporter, tokenizer, Ids(ids), parsed.GetValue(special));
            else Encode(reporter, tokenizer, given == "-" ? Console.In.ReadToEnd() : given!, parsed.GetValue(special));
            return ExitCode.Ok;
        });
        return command;
    }

    private static void Encode(Reporter reporter, Tokenizer tokenizer, string text, bool special)
    {
        var ids = tokenizer.Encode(text, special);
        TokenList.Warn(tokenizer, ids);
        if (!reporter.Json) TokenList.Show(reporter, tokenizer, ids);
        else reporter.Record(new { ids, tokens = TokenList.Records(tokenizer, ids) });
    }

    private static void Decode(Reporter reporter, Tokenizer tokenizer, int[] ids, bool special)
    {
        if (ids.FirstOrDefault(id => id >= tokenizer.VocabularySize, -1) is >= 0 and var beyond)
            throw new UserError(
                $"--decode: {beyond} is beyond the vocabulary, whose highest id is {tokenizer.VocabularySize - 1}");
        var text = tokenizer.Decode(ids, skipSpecial: !special);
        if (!reporter.Json) reporter.Say(text);
        else reporter.Record(new { text, ids, tokens = TokenList.Records(tokenizer, ids) });
    }

    private static int[] Ids(string text) =>
    [
        .. text.Split([' ', ',', '[', ']', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries).Select(word =>
            int.TryParse(word, NumberStyles.None, CultureInfo.InvariantCulture, out var id) ? id
                : throw new UserError($"--decode: '{word}' is no token id; expected whole numbers, such as \"9707 11 1879\"")),
    ];
}
