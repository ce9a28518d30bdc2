using System.Globalization;
using System.Text;

namespace Softly.Tokenization.Templates;

/// <summary>Values as Python prints them, and texts as Python counts them: by code points, not UTF-16 units.</summary>
internal static class PythonText
{
    public static bool IsSpace(char c) => char.IsWhiteSpace(c) || c is >= '\x1c' and <= '\x1f';

    /// <summary>The characters of a text, each a text of its own.</summary>
    public static object?[] Characters(string text)
    {
        var characters = new List<object?>(text.Length);
        for (var at = 0; at < text.Length; at += Width(text, at)) characters.Add(text.Substring(at, Width(text, at)));
        return [.. characters];
    }

    /// <summary>Whether UTF-16 units and characters differ.</summary>
    public static bool HasSurrogates(string text) => text.AsSpan().ContainsAnyInRange('\ud800', '\udfff');

    /// <summary>The number of characters.</summary>
    public static int Length(string text)
    {
        var length = 0;
        for (var at = 0; at < text.Length; at += Width(text, at)) length++;
        return length;
    }

    /// <summary>What a value looks like in a text.</summary>
    public static string Of(object? value, Limits limits)
    {
        if (value is string text) return text;
        if (value is Undefined) return "";
        var written = new BoundedText(limits);
        Write(value, written, limits);
        return written.ToString();
    }

    /// <summary>A double in Python's shortest form that reads back as the same.</summary>
    public static string Of(double value)
    {
        if (double.IsNaN(value)) return "nan";
        if (double.IsInfinity(value)) return value > 0 ? "inf" : "-inf";
        if (value == 0) return double.IsNegative(value) ? "-0.0" : "0.0";
        // The shortest digits and the place of their first, then laid out by Python's rule: plain from 1e-4 to below 1e16. The
        // place is of these digits and not of the value's own, which may lie below: 1e23 is 9.99…e22.
        var shortest = Math.Abs(value).ToString("R", CultureInfo.InvariantCulture).Split('E');
        var plain = shortest[0].Split('.');
        var digits = string.Concat(plain).TrimStart('0').TrimEnd('0');
        var exponent = plain[0] != "0" ? plain[0].Length - 1 : plain[1].TrimStart('0').Length - plain[1].Length - 1;
        if (shortest.Length > 1) exponent += int.Parse(shortest[1], CultureInfo.InvariantCulture);
        var sign = value < 0 ? "-" : "";
        if (exponent is < -4 or >= 16)
        {
            var fraction = digits.Length > 1 ? "." + digits[1..] : "";
            return $"{sign}{digits[0]}{fraction}e{(exponent < 0 ? '-' : '+')}{Math.Abs(exponent):00}";
        }

        if (exponent < 0) return sign + "0." + new string('0', -exponent - 1) + digits;
        digits = digits.PadRight(exponent + 1, '0');
        return sign + digits[..(exponent + 1)] + "." + (digits.Length > exponent + 1 ? digits[(exponent + 1)..] : "0");
    }

    private static void Write(object? value, BoundedText written, Limits limits)
    {
        Limits.CheckStack("a value");
        limits.Spend();
        switch (value)
        {
            case null:
                written.Append("None");
                break;
            case bool flag:
                written.Append(flag ? "True" : "False");
                break;
            case long number:
                written.Append(number.ToString(CultureInfo.InvariantCulture));
                break;
            case double number:
                written.Append(Of(number));
                break;
            case string text:
                written.Append(Quoted(text));
                break;
            case Undefined:
                written.Append("Undefined");
                break;
            case ListValue list:
                written.Append(list.IsTuple ? "(" : "[");
                Join(list.Items, item => Write(item, written, limits));
                written.Append(list.IsTuple ? list.Items.Count == 1 ? ",)" : ")" : "]");
                break;
            case DictValue dict:
                written.Append("{");
                Join(dict.Entries, entry =>
                {
                    Write(entry.Key, written, limits);
                    written.Append(": ");
                    Write(entry.Value, written, limits);
                });
                written.Append("}");
                break;
            default:
                throw new TemplateFault($"{Values.Kind(value)} cannot be printed");
        }

        void Join<T>(IEnumerable<T> items, Action<T> write)
        {
            var isFirst = true;
            foreach (var item in items)
            {
                if (!isFirst) written.Append(", ");
                isFirst = false;
                write(item);
            }
        }
    }

    private static string Quoted(string text)
    {
        var quote = text.Contains('\'') && !text.Contains('"') ? '"' : '\'';
        var quoted = new StringBuilder().Append(quote);
        foreach (var rune in text.EnumerateRunes())
        {
            _ = rune.Value switch
            {
                '\n' => quoted.Append("\\n"),
                '\r' => quoted.Append("\\r"),
                '\t' => quoted.Append("\\t"),
                '\\' => quoted.Append("\\\\"),
                _ when rune.Value == quote => quoted.Append('\\').Append(quote),
                _ when IsPrintable(rune) => quoted.Append(rune),
                <= 0xff => quoted.Append($"\\x{rune.Value:x2}"),
                <= 0xffff => quoted.Append($"\\u{rune.Value:x4}"),
                _ => quoted.Append($"\\U{rune.Value:x8}"),
            };
        }

        return quoted.Append(quote).ToString();
    }

    private static bool IsPrintable(Rune rune) => rune.Value == ' ' || Rune.GetUnicodeCategory(rune) is not (
        UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.Surrogate or UnicodeCategory.PrivateUse
        or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
        or UnicodeCategory.SpaceSeparator);

    private static int Width(string text, int at) => at + 1 < text.Length && char.IsSurrogatePair(text[at], text[at + 1]) ? 2 : 1;
}
