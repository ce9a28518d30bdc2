using System.Globalization;
using System.Text;

namespace Softly.Tokenization.Splitting;

/// <summary>What a code point is to the splitters, after Unicode's general categories.</summary>
[Flags]
internal enum RuneClass : byte
{
    /// <summary>Controls, private use, unassigned.</summary>
    Other = 0,

    /// <summary><c>\p{L}</c></summary>
    Letter = 1,

    /// <summary><c>\p{N}</c></summary>
    Number = 2,

    /// <summary><c>\s</c>: the property White_Space.</summary>
    Space = 4,

    /// <summary>Carriage return or line feed; always together with <see cref="Space"/>.</summary>
    Newline = 8,

    /// <summary><c>\p{M}</c></summary>
    Mark = 16,

    /// <summary><c>\p{P}</c></summary>
    Punctuation = 32,

    /// <summary><c>\p{S}</c></summary>
    Symbol = 64,
}

/// <summary>Looks up classes: a table for the basic plane, the platform's for the rest.</summary>
internal static class RuneClasses
{
    private static readonly RuneClass[] Basic =
        [.. Enumerable.Range(0, 0x10000).Select(c => Of(CharUnicodeInfo.GetUnicodeCategory((char)c), c))];

    /// <summary>The class of the code point at <paramref name="at"/> of well-formed text, and how many chars it takes.</summary>
    public static RuneClass At(ReadOnlySpan<char> text, int at, out int width)
    {
        var c = text[at];
        if (!char.IsSurrogate(c))
        {
            width = 1;
            return Basic[c];
        }

        Rune.DecodeFromUtf16(text[at..], out var rune, out width);
        return Of(Rune.GetUnicodeCategory(rune), rune.Value);
    }

    /// <summary>The end of the run of code points from <paramref name="at"/> that have any of the classes.</summary>
    public static int RunEnd(ReadOnlySpan<char> text, int at, RuneClass any)
    {
        while (at < text.Length && (At(text, at, out var width) & any) != 0) at += width;
        return at;
    }

    /// <summary>The end of the run of code points from <paramref name="at"/> that have none of the classes.</summary>
    public static int RunEndWithout(ReadOnlySpan<char> text, int at, RuneClass none)
    {
        while (at < text.Length && (At(text, at, out var width) & none) == 0) at += width;
        return at;
    }

    private static RuneClass Of(UnicodeCategory category, int point) => category switch
    {
        UnicodeCategory.UppercaseLetter or UnicodeCategory.LowercaseLetter or UnicodeCategory.TitlecaseLetter
            or UnicodeCategory.ModifierLetter or UnicodeCategory.OtherLetter => RuneClass.Letter,
        UnicodeCategory.DecimalDigitNumber or UnicodeCategory.LetterNumber or UnicodeCategory.OtherNumber => RuneClass.Number,
        UnicodeCategory.NonSpacingMark or UnicodeCategory.SpacingCombiningMark or UnicodeCategory.EnclosingMark => RuneClass.Mark,
        UnicodeCategory.ConnectorPunctuation or UnicodeCategory.DashPunctuation or UnicodeCategory.OpenPunctuation
            or UnicodeCategory.ClosePunctuation or UnicodeCategory.InitialQuotePunctuation
            or UnicodeCategory.FinalQuotePunctuation or UnicodeCategory.OtherPunctuation => RuneClass.Punctuation,
        UnicodeCategory.MathSymbol or UnicodeCategory.CurrencySymbol or UnicodeCategory.ModifierSymbol
            or UnicodeCategory.OtherSymbol => RuneClass.Symbol,
        _ when point is '\r' or '\n' => RuneClass.Space | RuneClass.Newline,
        _ when point <= 0xFFFF && char.IsWhiteSpace((char)point) => RuneClass.Space,
        _ => RuneClass.Other,
    };
}
