using System.Globalization;
using System.Text.RegularExpressions;

namespace Softly.Tokenization.Templates;

/// <summary>What may stand after a bar.</summary>
internal static partial class Filters
{
    private static readonly Builtin Default = new(
        "default_value boolean",
        c => c.Subject is Undefined || (c.Flag(1, false) && !Values.IsTrue(c.Subject)) ? c.Get(0, "") : c.Subject);

    public static IReadOnlyDictionary<string, Builtin> Known { get; } = new Dictionary<string, Builtin>(SequenceFilters.Known)
    {
        ["trim"] = new("chars", c => TextMethods.Strip(c.SubjectText, c.Text(0, null), true, true)),
        ["upper"] = new("", c => c.SubjectText.ToUpperInvariant()),
        ["lower"] = new("", c => c.SubjectText.ToLowerInvariant()),
        ["capitalize"] = new("", c => TextMethods.Capitalize(c.SubjectText)),
        ["title"] = new("", c => WordStart().Replace(c.SubjectText, word => TextMethods.Capitalize(word.Value))),
        ["replace"] = new("old new count", c => TextMethods.Replace(
            c.SubjectText,
            PythonText.Of(c.Get(0), c.Limits),
            PythonText.Of(c.Get(1), c.Limits),
            c.Get(2, null) is null ? -1 : c.Integer(2, -1),
            c.Limits)),
        ["indent"] = new("width first blank", Indent),
        ["string"] = new("", c => c.SubjectText),
        ["safe"] = new("", c => c.SubjectText),
        ["tojson"] = new("ensure_ascii indent separators sort_keys", JsonText.Of),
        ["default"] = Default,
        ["d"] = Default,
        ["int"] = new("default base", c => Integer(c) ?? c.Get(0, 0L)),
        ["float"] = new("default", c => Number(c) ?? c.Get(0, 0.0)),
        ["abs"] = new("", Absolute),
        ["round"] = new("precision method", Round),
    };

    private static string Indent(Call call)
    {
        var margin = call.Get(0, 4L) switch
        {
            string given => given,
            _ => new string(' ', (int)Math.Clamp(call.Integer(0, 4), 0, 1000)),
        };
        var text = call.SubjectText;
        call.Limits.CheckItems(text.AsSpan().Count('\n'));
        var lines = text.Split('\n');
        call.Limits.CheckText(text.Length + ((long)margin.Length * lines.Length));
        return string.Join('\n', lines.Select((line, at) => IsIndented(line, at) ? margin + line : line));

        bool IsIndented(string line, int at) => at == 0 ? call.Flag(1, false) : line.Length > 0 || call.Flag(2, false);
    }

    private static object? Integer(Call call)
    {
        switch (call.Subject)
        {
            case long number:
                return number;
            case bool flag:
                return flag ? 1L : 0L;
            case double number when Math.Abs(number) < long.MaxValue:
                return (long)number;
            case string text:
                if (call.Integer(1, 10) != 10) throw new TemplateFault("'int': only the base 10 is supported");
                var trimmed = TextMethods.Strip(text, null, true, true);
                if (long.TryParse(trimmed, NumberStyles.AllowLeadingSign, null, out var whole)) return whole;
                return Real(trimmed) is { } real && Math.Abs(real) < long.MaxValue ? (long)real : null;
            default:
                return null;
        }
    }

    private static double? Number(Call call) => call.Subject switch
    {
        long number => (double)number,
        bool flag => flag ? 1.0 : 0.0,
        double number => number,
        string text => Real(TextMethods.Strip(text, null, true, true)),
        _ => null,
    };

    private static double? Real(string text) =>
        double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var real) ? real : null;

    private static object? Absolute(Call call) =>
        call.Subject is double number ? Math.Abs(number)
        : Operators.Compare("<", call.Subject, 0L, call.Limits) ? Operators.Negate(call.Subject)
        : Operators.Binary("+", call.Subject, 0L, call.Limits);

    private static object? Round(Call call)
    {
        var precision = call.Integer(0, 0);
        var method = call.Text(1, "common")!;
        if (precision is < 0 or > 15) throw new TemplateFault("'round': the precision must be from 0 to 15");
        var scale = Math.Pow(10, precision);
        var value = Number(call) ?? throw new TemplateFault($"'round' needs a number, not {Values.Kind(call.Subject)}");
        if (method == "common")
            return call.Subject is double ? Math.Round(value, (int)precision, MidpointRounding.ToEven) : call.Subject;
        return method switch
        {
            "ceil" => Math.Ceiling(value * scale) / scale,
            "floor" => Math.Floor(value * scale) / scale,
            _ => throw TemplateFault.Unknown("method of 'round'", method, ["common", "ceil", "floor"]),
        };
    }

    [GeneratedRegex(@"[^-\s({\[<]+")]
    private static partial Regex WordStart();
}
