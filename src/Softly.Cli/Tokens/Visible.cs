using System.Globalization;
using System.Text;

namespace Softly.Cli.Tokens;

/// <summary>A text on one line of a terminal: blanks and what a terminal would obey are shown.</summary>
internal static class Visible
{
    /// <summary>Blanks as ␣, line ends as ⏎, tabs as ⇥, other invisible characters by their numbers.</summary>
    public static string Of(string text)
    {
        var shown = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            shown.Append(rune.Value switch
            {
                ' ' => "␣",
                '\n' => "⏎",
                '\t' => "⇥",
                _ => IsHidden(Rune.GetUnicodeCategory(rune)) ? $"\\u{{{rune.Value:x}}}" : rune.ToString(),
            });
        return shown.ToString();
    }

    private static bool IsHidden(UnicodeCategory category) =>
        category is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.PrivateUse
            or UnicodeCategory.OtherNotAssigned or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator
            or UnicodeCategory.SpaceSeparator;

    /// <summary>Cut in the middle of nothing: at most so many characters, with a sign that more follows.</summary>
    public static string Cut(string text, int most) =>
        text.Length <= most ? text : text[..(char.IsHighSurrogate(text[most - 2]) ? most - 2 : most - 1)] + "…";
}
