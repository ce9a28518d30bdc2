namespace Softly.Tasks;

/// <summary>Decimal numbers as texts, of any length, brought to one form in which equal values are equal texts.</summary>
internal static class PlainNumber
{
    /// <summary>
    /// Without blanks, <c>$</c>, commas and a last full stop; without zeros that change nothing and without the sign of zero. A
    /// text that is no decimal number comes back trimmed.
    /// </summary>
    public static string Of(string text)
    {
        var bare = text.Trim().Replace(",", "").Replace("$", "");
        var negative = bare.StartsWith('-');
        var digits = (negative ? bare[1..] : bare).TrimEnd('.');
        var point = digits.IndexOf('.');
        var whole = (point < 0 ? digits : digits[..point]).TrimStart('0');
        var part = point < 0 ? "" : digits[(point + 1)..].TrimEnd('0');
        if (!digits.Any(char.IsAsciiDigit) || !whole.All(char.IsAsciiDigit) || !part.All(char.IsAsciiDigit)) return text.Trim();
        var value = (whole.Length == 0 ? "0" : whole) + (part.Length == 0 ? "" : "." + part);
        return negative && value != "0" ? "-" + value : value;
    }
}
