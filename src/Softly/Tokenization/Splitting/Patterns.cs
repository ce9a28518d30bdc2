namespace Softly.Tokenization.Splitting;

using static RuneClass;

/// <summary>A pattern that says at a given place how far it matches; the search is done here.</summary>
internal abstract class AnchoredPattern : ISplitPattern
{
    public void Match(string text, Piece piece, List<Piece> matches)
    {
        var span = text.AsSpan(piece.Start, piece.Length);
        for (var at = 0; at < span.Length;)
        {
            var end = MatchEnd(span, at);
            if (end > at)
            {
                matches.Add(new Piece(piece.Start + at, piece.Start + end));
                at = end;
            }
            else
            {
                RuneClasses.At(span, at, out var width);
                at += width;
            }
        }
    }

    /// <summary>
    /// Where the match that begins at <paramref name="at"/> ends; not beyond <paramref name="at"/> where there is none.
    /// </summary>
    protected abstract int MatchEnd(ReadOnlySpan<char> text, int at);

    /// <summary><c>\s+(?!\S)|\s+</c>: a run of blanks, but for its last one where something follows that may want it.</summary>
    protected static int BlanksEnd(ReadOnlySpan<char> text, int at)
    {
        var end = RuneClasses.RunEnd(text, at, Space);
        return end == text.Length || end - at < 2 ? end : end - 1;
    }

    /// <summary>
    /// <c>\s*[\r\n]+|\s+(?!\S)|\s+</c>: a run of blanks up to its last line break, else as <see cref="BlanksEnd"/>.
    /// </summary>
    protected static int BlanksOrLinesEnd(ReadOnlySpan<char> text, int at)
    {
        var end = RuneClasses.RunEnd(text, at, Space);
        var lineBreak = text[at..end].LastIndexOfAny('\r', '\n');
        if (lineBreak >= 0) return at + lineBreak + 1;
        return end == text.Length || end - at < 2 ? end : end - 1;
    }

    /// <summary><c>'s|'t|'re|'ve|'m|'ll|'d</c></summary>
    protected static int ContractionEnd(ReadOnlySpan<char> text, int at, bool ignoreCase)
    {
        if (text[at] != '\'' || at + 1 == text.Length) return at;
        var first = Fold(text[at + 1], ignoreCase);
        if (first is 's' or 't' or 'm' or 'd') return at + 2;
        if (at + 2 == text.Length) return at;
        var second = Fold(text[at + 2], ignoreCase);
        return (first, second) is ('r', 'e') or ('v', 'e') or ('l', 'l') ? at + 3 : at;
    }

    // The long s folds to s, as in the regular expressions of the original tokenizers.
    private static char Fold(char c, bool ignoreCase) =>
        !ignoreCase ? c : c == '\u017f' ? 's' : char.IsAsciiLetterUpper(c) ? (char)(c | 0x20) : c;
}

/// <summary>GPT-2: <c>'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+</c>.</summary>
internal sealed class Gpt2Pattern : AnchoredPattern
{
    public const string Regex = @"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+";

    protected override int MatchEnd(ReadOnlySpan<char> text, int at)
    {
        if (ContractionEnd(text, at, ignoreCase: false) is var contraction && contraction > at) return contraction;
        var from = text[at] == ' ' && at + 1 < text.Length ? at + 1 : at;
        var kind = RuneClasses.At(text, from, out _);
        if ((kind & Letter) != 0) return RuneClasses.RunEnd(text, from, Letter);
        if ((kind & Number) != 0) return RuneClasses.RunEnd(text, from, Number);
        if ((kind & Space) == 0) return RuneClasses.RunEndWithout(text, from, Space | Letter | Number);
        return BlanksEnd(text, at);
    }
}

/// <summary>
/// Qwen 2 and later (one digit) and Llama 3 (up to three digits):
/// <c>(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}{1,d}| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+</c>.
/// </summary>
internal sealed class TiktokenPattern(int digits) : AnchoredPattern
{
    private const string Start = @"(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\r\n\p{L}\p{N}]?\p{L}+|\p{N}";
    private const string Rest = @"| ?[^\s\p{L}\p{N}]+[\r\n]*|\s*[\r\n]+|\s+(?!\S)|\s+";

    public const string OneDigitRegex = Start + Rest;
    public const string ThreeDigitRegex = Start + "{1,3}" + Rest;

    protected override int MatchEnd(ReadOnlySpan<char> text, int at)
    {
        if (ContractionEnd(text, at, ignoreCase: true) is var contraction && contraction > at) return contraction;
        var kind = RuneClasses.At(text, at, out var width);
        var next = at + width;
        if ((kind & Letter) != 0) return RuneClasses.RunEnd(text, next, Letter);
        if ((kind & Number) != 0)
        {
            for (var more = 1; more < digits && next < text.Length
                && (RuneClasses.At(text, next, out width) & Number) != 0; more++)
                next += width;
            return next;
        }

        var following = next < text.Length ? RuneClasses.At(text, next, out _) : Space;
        if ((kind & Newline) == 0 && (following & Letter) != 0) return RuneClasses.RunEnd(text, next, Letter);
        if ((kind & Space) == 0 || (text[at] == ' ' && (following & (Space | Letter | Number)) == 0))
        {
            var end = RuneClasses.RunEndWithout(text, next, Space | Letter | Number);
            return RuneClasses.RunEnd(text, end, Newline);
        }

        return BlanksOrLinesEnd(text, at);
    }
}

/// <summary><c>\p{N}{1,d}</c>; unlimited for d = <see cref="int.MaxValue"/>.</summary>
internal sealed class NumberPattern(int digits) : AnchoredPattern
{
    public const string UpToThreeRegex = @"\p{N}{1,3}";
    public const string OneRegex = @"\p{N}";

    protected override int MatchEnd(ReadOnlySpan<char> text, int at)
    {
        for (var count = 0; count < digits && at < text.Length; count++)
        {
            if ((RuneClasses.At(text, at, out var width) & Number) == 0) break;
            at += width;
        }

        return at;
    }
}

/// <summary>DeepSeek-V3's second split: runs of common Han characters and kana.</summary>
internal sealed class HanAndKanaPattern : AnchoredPattern
{
    public const string Regex = "[\u4e00-\u9fa5\u3040-\u309f\u30a0-\u30ff]+";

    protected override int MatchEnd(ReadOnlySpan<char> text, int at)
    {
        while (at < text.Length && text[at] is >= '\u4e00' and <= '\u9fa5' or >= '\u3040' and <= '\u30ff') at++;
        return at;
    }
}

/// <summary>DeepSeek-V3's third split. It leaves gaps: numbers and controls that no alternative takes.</summary>
internal sealed class DeepSeekPattern : AnchoredPattern
{
    public const string Regex =
        "[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+"
        + "| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+";

    protected override int MatchEnd(ReadOnlySpan<char> text, int at)
    {
        var c = text[at];
        if ((char.IsAsciiLetterOrDigit(c) || c is <= ' ' or > '~') is false && at + 1 < text.Length
            && char.IsAsciiLetter(text[at + 1]))
        {
            at++;
            while (at < text.Length && char.IsAsciiLetter(text[at])) at++;
            return at;
        }

        var kind = RuneClasses.At(text, at, out var width);
        var next = at + width;
        var following = next < text.Length ? RuneClasses.At(text, next, out _) : Other;
        // The optional character may itself be a mark: then it begins the run, and the run takes the rest either way.
        if ((kind & (Letter | Mark)) != 0) return RuneClasses.RunEnd(text, next, Letter | Mark);
        if ((kind & (Newline | Punctuation | Symbol)) == 0 && (following & (Letter | Mark)) != 0)
            return RuneClasses.RunEnd(text, next, Letter | Mark);
        if ((kind & (Punctuation | Symbol)) != 0 || (c == ' ' && (following & (Punctuation | Symbol)) != 0))
            return RuneClasses.RunEnd(text, RuneClasses.RunEnd(text, next, Punctuation | Symbol), Newline);
        return (kind & Space) != 0 ? BlanksOrLinesEnd(text, at) : at;
    }
}

/// <summary>Runs of white space.</summary>
internal sealed class BlanksPattern : AnchoredPattern
{
    protected override int MatchEnd(ReadOnlySpan<char> text, int at) => RuneClasses.RunEnd(text, at, Space);
}

/// <summary>A fixed string.</summary>
internal sealed class LiteralPattern(string literal) : AnchoredPattern
{
    protected override int MatchEnd(ReadOnlySpan<char> text, int at) =>
        text[at..].StartsWith(literal, StringComparison.Ordinal) ? at + literal.Length : at;
}
