using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace Softly.Tokenization.Splitting;

/// <summary>
/// Any other regular expression, run by .NET's engine. That engine sees UTF-16 units, to which <c>\p{L}</c> and its like are
/// blind beyond the basic plane: so it is given a stand-in text in which each surrogate pair is one basic character of the same
/// general category, and its positions are mapped back.
/// </summary>
internal sealed class RegexPattern : ISplitPattern
{
    private static readonly TimeSpan Budget = TimeSpan.FromSeconds(10);
    private static readonly Dictionary<UnicodeCategory, char> StandIns = FindStandIns();
    private readonly Regex _regex;

    /// <summary>Compiles a pattern.</summary>
    /// <exception cref="ArgumentException">
    /// The pattern is not valid here, or means something else here than in the original engine.
    /// </exception>
    public RegexPattern(string pattern)
    {
        foreach (var construct in (string[])["&&", "[[", "[:", "\\h", "\\R", "\\X", "\\K"])
        {
            if (pattern.Contains(construct, StringComparison.Ordinal))
                throw new ArgumentException($"the construct {construct} is not supported");
        }

        if (pattern.Any(char.IsSurrogate)) throw new ArgumentException("characters beyond U+FFFF in a pattern are not supported");
        _regex = new Regex(pattern, RegexOptions.CultureInvariant, Budget);
    }

    public void Match(string text, Piece piece, List<Piece> matches)
    {
        var span = text.AsSpan(piece.Start, piece.Length);
        var hasPairs = span.IndexOfAnyInRange('\ud800', '\udfff') >= 0;
        int[]? origin = null;
        if (hasPairs) span = StandIn(span, out origin);
        foreach (var match in _regex.EnumerateMatches(span))
        {
            if (match.Length == 0) continue;
            var (start, end) = (match.Index, match.Index + match.Length);
            if (origin is not null) (start, end) = (origin[start], origin[end]);
            matches.Add(new Piece(piece.Start + start, piece.Start + end));
        }
    }

    private static string StandIn(ReadOnlySpan<char> text, out int[] origin)
    {
        var result = new StringBuilder(text.Length);
        origin = new int[text.Length + 1];
        for (var at = 0; at < text.Length;)
        {
            origin[result.Length] = at;
            Rune.DecodeFromUtf16(text[at..], out var rune, out var width);
            result.Append(rune.IsBmp ? (char)rune.Value : StandIns[Rune.GetUnicodeCategory(rune)]);
            at += width;
        }

        origin[result.Length] = text.Length;
        return result.ToString();
    }

    /// <summary>
    /// For each category the last basic character that has it, which lies far from the scripts and punctuation that patterns
    /// name. The full-width forms at the end are passed over, since case folding ties them to nothing but themselves.
    /// </summary>
    private static Dictionary<UnicodeCategory, char> FindStandIns()
    {
        var found = new Dictionary<UnicodeCategory, char>();
        for (var c = 0; c <= 0xFFFF; c++)
        {
            var category = CharUnicodeInfo.GetUnicodeCategory((char)c);
            if (category != UnicodeCategory.Surrogate && c is < 0xF900 or > 0xFFEF) found[category] = (char)c;
        }

        // Beyond the basic plane there are categories that it has only among the passed-over forms.
        for (var c = 0xFFFD; c >= 0; c--) found.TryAdd(CharUnicodeInfo.GetUnicodeCategory((char)c), (char)c);
        return found;
    }
}
