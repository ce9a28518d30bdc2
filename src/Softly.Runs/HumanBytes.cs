using System.Globalization;
using System.Text.RegularExpressions;

namespace Softly.Runs;

/// <summary>Sizes as people read and write them; written in binary units: 1 KiB is 1024 bytes.</summary>
public static partial class HumanBytes
{
    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>For example <c>512 B</c>, <c>1.5 MiB</c>, <c>27 GiB</c>.</summary>
    public static string Format(long bytes)
    {
        if (bytes < 0) return "−" + Format(bytes == long.MinValue ? long.MaxValue : -bytes);
        double value = bytes;
        var unit = 0;
        while (value >= 1023.5 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }
        return value.ToString(unit > 0 && value < 9.95 ? "0.0" : "0", CultureInfo.InvariantCulture) + " " + Units[unit];
    }

    /// <summary>
    /// Reads a size: units of 1024 (<c>24GiB</c>, or a letter alone: <c>24G</c>), units of a thousand (<c>5GB</c>,
    /// <c>1500 MB</c>), or plain bytes (<c>4096</c>); large and small letters are the same.
    /// </summary>
    /// <returns>False where it is none of these, below one byte, or beyond what a long holds.</returns>
    public static bool TryParse(string text, out long bytes)
    {
        ArgumentNullException.ThrowIfNull(text);
        bytes = 0;
        if (Size().Match(text) is not { Success: true } match) return false;
        var power = match.Groups["unit"] is { Success: true, Value: var unit }
            ? "KMGT".IndexOf(unit, StringComparison.OrdinalIgnoreCase) + 1 : 0;
        var value = double.Parse(match.Groups["number"].Value, CultureInfo.InvariantCulture)
            * Math.Pow(match.Groups["decimal"].Success ? 1000 : 1024, power);
        if (value is not (>= 1 and < long.MaxValue)) return false;
        bytes = (long)value;
        return true;
    }

    [GeneratedRegex(
        @"\A(?<number>[0-9]{1,18}(\.[0-9]{1,9})?) ?((?<unit>[KMGT])(iB|(?<decimal>B))?|B)?\z",
        RegexOptions.IgnoreCase | RegexOptions.CultureInvariant)]
    private static partial Regex Size();
}
