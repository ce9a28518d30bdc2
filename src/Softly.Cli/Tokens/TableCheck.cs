using System.Text.Json;
using Softly.Tasks;
using Softly.Tokenization;

namespace Softly.Cli.Tokens;

/// <summary>Where a row and the answer differ.</summary>
internal sealed record Difference(string Row, string Field, string Expected, string Got);

/// <summary>What a check found.</summary>
/// <param name="Checked">Rows that were checked.</param>
/// <param name="LeftOut">Rows of other templates.</param>
/// <param name="Differences">All of them; a row may have several.</param>
internal sealed record TableResult(int Checked, int LeftOut, IReadOnlyList<Difference> Differences)
{
    /// <summary>The rows that differ, in the table's order.</summary>
    public IReadOnlyList<string> Wrong => [.. Differences.Select(d => d.Row).Distinct()];
}

/// <summary>
/// Compares a tokenizer and its template with a table of right answers, one JSON object a line. Every field that a row has is
/// compared: of an encoding <c>ids</c>, <c>ids_with_special</c>, <c>decoded</c> (the text itself where it is left out) and
/// <c>decoded_skip_special</c>; of a decoding <c>decoded</c>, at once and streamed; of a conversation <c>rendered</c> and
/// <c>ids</c>.
/// </summary>
internal sealed class TableCheck
{
    private const int LongestLine = 1 << 24;

    private readonly string _path;
    private readonly Tokenizer? _tokenizer;
    private readonly ChatTemplate? _template;
    private readonly Func<string, bool> _isOurs;
    private readonly List<Difference> _differences = [];

    /// <param name="path">The table.</param>
    /// <param name="tokenizer">Null where only templates are checked.</param>
    /// <param name="template">Null where there is none.</param>
    /// <param name="isOurs">Whether a template's name in a row means this template.</param>
    public TableCheck(string path, Tokenizer? tokenizer, ChatTemplate? template, Func<string, bool> isOurs)
    {
        (_path, _tokenizer, _template, _isOurs) = (path, tokenizer, template, isOurs);
    }

    /// <summary>Checks every row.</summary>
    /// <exception cref="DatasetException">A line cannot be read; file and line are named.</exception>
    /// <exception cref="UserError">A row is of no known kind, or needs what is not there.</exception>
    public TableResult Run()
    {
        int count = 0, leftOut = 0;
        var others = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (line, record) in JsonLinesReader.Read(_path, LongestLine))
        {
            var row = new TableRow(_path, line, record);
            if (row.Kind == RowKind.Chat && row.Has("template") && !_isOurs(row.Text("template")))
            {
                others.Add(row.Text("template"));
                leftOut++;
                continue;
            }
            count++;
            switch (row.Kind)
            {
                case RowKind.Encode: CheckEncoding(row, Needed(row)); break;
                case RowKind.Decode: CheckDecoding(row, Needed(row)); break;
                default: CheckChat(row); break;
            }
        }
        if (count == 0)
            throw new UserError(leftOut == 0 ? $"{_path}: the table is empty"
                : $"{_path}: all {leftOut} rows are of other templates ({string.Join(", ", others)}): choose one with "
                    + "--template FILE.jinja, or --only NAME to hold this model's template against the rows of that name");
        return new TableResult(count, leftOut, _differences);
    }

    private Tokenizer Needed(TableRow row) => _tokenizer ?? throw row.Refuse("needs a tokenizer: give --model");

    private void CheckEncoding(TableRow row, Tokenizer tokenizer)
    {
        var text = row.Text("text");
        var ids = row.Ids("ids");
        CompareIds(row, "ids", ids, text);
        if (row.Has("ids_with_special"))
            CompareIds(row, "ids_with_special", row.Ids("ids_with_special"), text, addSpecial: true);
        var decoded = row.Has("decoded") ? row.Text("decoded") : text;
        Compare(row, "decoded", decoded, tokenizer.Decode(ids, skipSpecial: false));
        Compare(
            row, "decoded_skip_special", row.Has("decoded_skip_special") ? row.Text("decoded_skip_special") : decoded,
            tokenizer.Decode(ids));
    }

    private void CheckDecoding(TableRow row, Tokenizer tokenizer)
    {
        var (ids, expected) = (row.Ids("ids"), row.Text("decoded"));
        Compare(row, "decoded", expected, tokenizer.Decode(ids, skipSpecial: false));
        var decoder = tokenizer.StartDecoding(skipSpecial: false);
        string[] pieces = [.. ids.Select(decoder.Push), decoder.Finish()];
        Compare(row, "decoded, streamed", expected, string.Concat(pieces));
        if (pieces.FirstOrDefault(p => p.Length > 0 && (char.IsLowSurrogate(p[0]) || char.IsHighSurrogate(p[^1]))) is { } half)
            Compare(row, "decoded, streamed", "whole characters", half);
    }

    private void CheckChat(TableRow row)
    {
        var template = _template ?? throw row.Refuse("the model has no chat template: choose one with --template FILE.jinja");
        var variables = new Dictionary<string, object?> { ["messages"] = row["messages"] };
        if (row.Has("tools")) variables["tools"] = row["tools"];
        if (row.Has("kwargs"))
        {
            if (row["kwargs"].ValueKind != JsonValueKind.Object) throw row.Refuse("kwargs: an object is expected");
            foreach (var property in row["kwargs"].EnumerateObject()) variables[property.Name] = property.Value;
        }
        var expected = row.Text("rendered");
        string rendered;
        try
        {
            rendered = template.Render([], row.Truth("add_generation_prompt", false), variables);
        }
        catch (ChatTemplateException e)
        {
            _differences.Add(new Difference(row.Name, "rendered", Visible.Of(expected), e.Message));
            return;
        }
        Compare(row, "rendered", expected, rendered);
        if (_tokenizer is not null && row.Has("ids")) CompareIds(row, "ids", row.Ids("ids"), rendered);
    }

    private void Compare(TableRow row, string field, string expected, string got)
    {
        if (expected != got) _differences.Add(new Difference(row.Name, field, Visible.Of(expected), Visible.Of(got)));
    }

    private void CompareIds(TableRow row, string field, int[] expected, string text, bool addSpecial = false)
    {
        string got;
        try
        {
            var ids = _tokenizer!.Encode(text, addSpecial);
            if (expected.AsSpan().SequenceEqual(ids)) return;
            got = string.Join(' ', ids);
        }
        catch (ArgumentException e) when (_tokenizer is WordTokenizer)
        {
            got = e.Message; // a word that a closed vocabulary does not have: the row is wrong, the others may be right
        }
        _differences.Add(new Difference(row.Name, field, string.Join(' ', expected), got));
    }
}
