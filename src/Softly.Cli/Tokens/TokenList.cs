using Softly.Tokenization;

namespace Softly.Cli.Tokens;

/// <summary>Tokens for readers: position, id, what it stands for.</summary>
internal static class TokenList
{
    /// <summary>One token a line, in columns.</summary>
    public static void Show(Reporter reporter, Tokenizer tokenizer, int[] ids)
    {
        var (places, digits) = (Digits(ids.Length), Digits(ids.DefaultIfEmpty(0).Max()));
        for (var i = 0; i < ids.Length; i++)
            reporter.Say($"{(i + 1).ToString().PadLeft(places)}  {ids[i].ToString().PadLeft(digits)}  "
                + $"{Visible.Of(tokenizer.TokenText(ids[i]))}{(tokenizer.IsSpecial(ids[i]) ? "  (special)" : "")}");
        reporter.Say($"{ids.Length} token{(ids.Length == 1 ? "" : "s")}: {string.Join(' ', ids)}");
    }

    /// <summary>The same for programs.</summary>
    public static IEnumerable<object> Records(Tokenizer tokenizer, int[] ids) =>
        ids.Select(id => new { id, text = tokenizer.TokenText(id), special = tokenizer.IsSpecial(id) });

    /// <summary>
    /// Says so where a text begins with its begin token twice: it was there already, and adding special tokens put in another.
    /// </summary>
    public static void Warn(Tokenizer tokenizer, int[] ids)
    {
        if (tokenizer.BeginToken is not { } begin || ids is not [var first, var second, ..] || first != begin || second != begin)
            return;
        Console.Error.WriteLine(
            $"the begin token {tokenizer.TokenText(begin)} ({begin}) stands twice: the text has it already; leave out --special");
    }

    private static int Digits(int number) => number.ToString().Length;
}
