using System.Globalization;

namespace Softly.Tokenization.Templates;

/// <summary>Python's strftime in English.</summary>
internal static class TimeFormat
{
    private static readonly Dictionary<char, string> Codes = new()
    {
        ['Y'] = "yyyy", ['y'] = "yy", ['m'] = "MM", ['B'] = "MMMM", ['b'] = "MMM", ['h'] = "MMM", ['d'] = "dd",
        ['A'] = "dddd", ['a'] = "ddd",
        ['H'] = "HH", ['I'] = "hh", ['M'] = "mm", ['S'] = "ss", ['p'] = "tt", ['f'] = "ffffff",
        ['F'] = "yyyy-MM-dd", ['T'] = "HH:mm:ss", ['R'] = "HH:mm", ['D'] = "MM/dd/yy",
    };

    public static string Write(DateTimeOffset time, string format, Limits limits)
    {
        var written = new BoundedText(limits);
        for (var at = 0; at < format.Length; at++)
        {
            if (format[at] != '%')
            {
                written.Append(format.AsSpan(at, 1));
                continue;
            }

            // A minus between the sign and the code, as glibc has it: without leading zeros.
            var isShort = at + 1 < format.Length && format[at + 1] == '-';
            if (isShort) at++;
            var code = ++at < format.Length ? format[at] : ' ';
            var text = code switch
            {
                '%' => "%",
                'j' => time.DayOfYear.ToString("000", CultureInfo.InvariantCulture),
                'e' => time.Day.ToString(CultureInfo.InvariantCulture).PadLeft(2),
                _ when Codes.TryGetValue(code, out var pattern) => time.ToString(pattern, CultureInfo.InvariantCulture),
                _ => throw new TemplateFault(
                    $"strftime_now: '%{code}' is not supported; supported: % e j {string.Join(' ', Codes.Keys)}"),
            };
            written.Append(isShort && text.TrimStart('0', ' ') is { Length: > 0 } rest ? rest : text);
        }

        return written.ToString();
    }
}
